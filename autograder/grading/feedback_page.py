"""nbgrader's step that keeps the hidden checks out of the page that a student gets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

from autograder.grading.clean import clean_stream
from autograder.grading.execute import VERDICT

SHOWN = "# A hidden check: its cases stay hidden. What it found stands below."
NOTHING_FOUND = "This check was not carried out."
# A number with so many digits comes from somebody's array; hints say 1/m or 1e-7.
_NUMBER = re.compile(r"[-+]?\b\d+\.\d{3,}(?:e[-+]?\d+)?", re.IGNORECASE)


class HideHiddenChecks(NbGraderPreprocessor):  # type: ignore[misc]
    """Show of a hidden check its points and its words: no source, no output, no number."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put the verdict's words in place of everything else.

        What the student's functions printed goes too: they saw the hidden inputs.
        """
        verdict = cell.metadata.get(VERDICT)
        found = verdict if isinstance(verdict, Mapping) else {}
        if cell.cell_type == "code" and is_grade(cell) and _is_hidden(cell, found):
            words = _NUMBER.sub("…", clean_stream(str(found.get("words") or NOTHING_FOUND)))
            cell.source = SHOWN
            cell.execution_count = None
            cell.outputs = [new_output("stream", name="stdout", text=f"{words}\n")]
        cell.metadata.pop(VERDICT, None)
        return cell, resources


def _is_hidden(cell: NotebookNode, verdict: Mapping[str, Any]) -> bool:
    named = str(cell.metadata.nbgrader.get("grade_id", "")).startswith("hidden-")
    return named or bool(verdict.get("hidden")) or "hidden=True" in cell.source
