"""nbgrader's step that makes a marked notebook safe to show.

It comes last, when the marks are saved, so that nothing about them hangs on it. What
was released is ours, may hold HTML, and is left alone.
"""

from __future__ import annotations

import contextlib
import filecmp
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked

from autograder.grading.clean import clean_outputs, clean_source, clean_text
from autograder.grading.clean_markdown import clean_attachments, clean_markdown, length_to_read
from autograder.grading.restore import REMARKS

# Longer than all honest answers of one notebook together; reading Markdown takes time.
LONGEST_MARKDOWN = 100_000
OWN = "autograder_"
CELL_METADATA = ("nbgrader", "deletable", "editable")
NOTEBOOK_METADATA = ("kernelspec", "language_info")
PYTHON = {"name": "python", "pygments_lexer": "ipython3"}
# Parts of formgrader's page that its scripts look up by name.
PAGE_PARTS = ("notebook", "notebook-container", "statusmessage", "toc", "top")
# Files that no browser takes for a page or a script. formgrader hands out the others in
# the name of the instructor's Jupyter.
QUIET_FILES = {
    *(".csv", ".tsv", ".txt", ".md", ".json", ".toml", ".yaml", ".yml", ".pdf"),
    *(".gif", ".jpeg", ".jpg", ".png", ".h5", ".hdf5", ".npy", ".npz", ".pkl"),
    *(".ipynb", ".py"),
}
# What pages show; of the course's own files only these stay in autograded/, and so feedback/.
PICTURES = {".gif", ".jpeg", ".jpg", ".png", ".svg"}
_PARTS = ("", "-comment", "_extra_credit")
_WORD = re.compile(r"[\w-]{1,64}", re.ASCII)


class CleanNotebook(NbGraderPreprocessor):  # type: ignore[misc]
    """nbgrader's step that leaves nothing in a submission that a page would run."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Clean the notebook, and take away files beside it that a browser would run."""
        where = resources["nbgrader"]
        converter = self.parent.parent
        coursedir = converter.coursedir
        folders = [
            Path(coursedir.format_path(kind, student, where["assignment"]))
            for kind, student in (
                (coursedir.release_directory, "."),
                (coursedir.source_directory, "."),
                (coursedir.autograded_directory, where["student"]),
            )
        ]
        clean_notebook(nb, _released(folders[0] / f"{where['notebook']}.ipynb"))
        drop_loud_files(folders[2], *folders[:2])
        drop_course_files(folders[2], folders[1])
        return nb, resources


def _released(path: Path) -> NotebookNode | None:
    with contextlib.suppress(Exception):  # without it, all is taken for the student's
        return nbformat.read(path, as_version=4)
    return None


def drop_loud_files(submission: Path, *own: Path) -> list[str]:
    """Remove a marked submission's files that a browser would run as pages or scripts.

    Parameters
    ----------
    submission : Path
        The folder in ``autograded/``; what was handed in is not touched.
    *own : Path
        Folders with the assignment's own files, which stay.

    Returns
    -------
    removed : list of str
        Their names.
    """
    removed = []
    for path in sorted(submission.rglob("*")):
        name = path.relative_to(submission)
        quiet = path.suffix.lower() in QUIET_FILES or any((one / name).is_file() for one in own)
        if path.is_symlink() or (path.is_file() and not quiet):
            path.unlink()
            removed.append(name.as_posix())
    return removed


def stays(name: str, course: bool) -> bool:
    """Say whether a file stays beside an executed notebook.

    The course's data is many times what a student writes, and a copy for each would fill
    the disk. It lies in release/, too.

    Parameters
    ----------
    name : str
        Its relative path.
    course : bool
        Whether it is the course's own to the last byte; a student's version is not.
    """
    return not course or PurePosixPath(name).suffix.lower() in PICTURES


def drop_course_files(submission: Path, source: Path) -> None:
    """Remove what does not stay from a marked submission in ``autograded/``."""
    for path in sorted(submission.rglob("*"), reverse=True):  # folders after what is in them
        name = path.relative_to(submission)
        own = source / name
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif own.is_file() and not stays(name.as_posix(), filecmp.cmp(path, own, shallow=False)):
            path.unlink()


def clean_notebook(notebook: NotebookNode, released: NotebookNode | None) -> None:
    """Clean outputs, written text and metadata of a whole notebook, in place.

    Parameters
    ----------
    notebook : NotebookNode
        A submission; its cells with nbgrader's metadata are already restored.
    released : NotebookNode or None
        The assignment as it was released; cells with the same text are left as they are.
    """
    own = released.cells if released is not None else []
    notebook.cells = [cell for cell in notebook.cells if isinstance(cell, NotebookNode)]
    known = {(cell.cell_type, cell.source.strip()): cell for cell in own}
    grade_ids = {str(_nbgrader(cell).get("grade_id", "")) for cell in [*notebook.cells, *own]}
    taken = {*PAGE_PARTS, *(f"{g}{part}" for g in grade_ids for part in _PARTS)}
    left = LONGEST_MARKDOWN
    ids: set[str] = set()
    for number, cell in enumerate(notebook.cells):
        cell.source = cell.source if isinstance(cell.get("source"), str) else ""
        cell.metadata = _cell_metadata(cell)
        if not _WORD.fullmatch(str(cell.get("id", ""))) or cell.id in ids:
            cell.id = f"cleaned-{number:04d}"
        ids.add(cell.id)
        same = known.get((cell.get("cell_type"), cell.source.strip()))
        if cell.get("cell_type") == "code":
            _clean_code(cell, same)
        else:
            left = _clean_written(cell, same, taken, left)
    notebook.metadata = _notebook_metadata(notebook, released)


def _nbgrader(cell: NotebookNode) -> Mapping[str, Any]:
    found = cell.metadata.get("nbgrader") if isinstance(cell.get("metadata"), Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _cell_metadata(cell: NotebookNode) -> NotebookNode:
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    kept = {key: metadata[key] for key in CELL_METADATA if key in metadata}
    if not isinstance(kept.get("nbgrader", {}), Mapping):
        del kept["nbgrader"]
    node = nbformat.from_dict({"metadata": kept})
    if cell.get("cell_type") == "code" and is_grade(node):  # those were made here
        node.metadata.update({key: value for key, value in metadata.items() if _is_own(key)})
    return node.metadata


def _is_own(key: object) -> bool:
    return isinstance(key, str) and key.startswith(OWN)


def _clean_code(cell: NotebookNode, same: NotebookNode | None) -> None:
    if same is None and not is_locked(cell):
        cell.source = clean_source(cell.source)
    clean_outputs(cell)
    _keep_only(cell, "outputs", "execution_count")


def _clean_written(
    cell: NotebookNode, same: NotebookNode | None, taken: set[str], left: int
) -> int:
    """Clean a cell that isn't code; give how much more may be read."""
    pictures: dict[str, Any] = clean_attachments(cell.get("attachments"))
    markdown = cell.get("cell_type") == "markdown"
    if same is not None and markdown:
        pictures = same.get("attachments", {})
    elif not (markdown and is_locked(cell)):
        # A raw cell goes into the page as it stands, so it becomes text that shows its source.
        read = markdown and length_to_read(cell.source) <= left
        left -= length_to_read(cell.source) if read else 0
        cell.source = clean_markdown(cell.source, pictures, taken, read)
        cell.cell_type = "markdown"
    cell.pop("attachments", None)
    if pictures:
        cell.attachments = nbformat.from_dict(pictures)
    _keep_only(cell, "attachments")
    return left


def _keep_only(cell: NotebookNode, *keys: str) -> None:
    for key in set(cell) - {"id", "cell_type", "metadata", "source", *keys}:
        del cell[key]


def _notebook_metadata(notebook: NotebookNode, released: NotebookNode | None) -> NotebookNode:
    metadata = notebook.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    kept = {key: value for key, value in metadata.items() if _is_own(key)}
    if isinstance(kept.get(REMARKS), list):
        kept[REMARKS] = [clean_text(one) for one in kept[REMARKS] if isinstance(one, str)]
    own = released.metadata if released is not None else {"language_info": PYTHON}
    return nbformat.from_dict(kept | {key: own[key] for key in NOTEBOOK_METADATA if key in own})
