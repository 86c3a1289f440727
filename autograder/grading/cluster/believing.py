"""What a worker tells is held against what was asked before anyone believes it.

Workers are the instructor's own machines, but one that is broken, mixed up or full must
not put anything into a gradebook. So an answer is bytes of JSON, never an object made on
the other side, and has for every cell exactly what a judge gives for such a cell.
"""

from __future__ import annotations

import json
import math
from typing import Any

from autograder.grading.judge_process import Marked

MOST_BYTES = 64_000_000  # of an answer; a notebook's outputs are bounded well below
OUTPUTS = {"stream", "display_data", "execute_result", "error"}
VERDICT = {
    "points": float,
    "own_points": float,
    "blank": bool,
    "words": str,
    "seed": int,
    "mistakes": list,
    "reached": bool,
}
WHERE_JUDGED = {"exercise": str, "hidden": bool, "max_points": float}


class Rubbish(Exception):
    """What came back is no answer to what was asked."""


class NoAnswer(Exception):
    """The worker says that it could not judge; its text says why."""


class Unfit(Exception):
    """The worker says that nothing can be judged there."""


class UnknownRun(Exception):
    """The worker's process was started again since it was asked."""


def believe(told: object, cells: list[dict[str, Any]], seed: int, mode: str) -> Marked:
    """Read a worker's answer.

    Parameters
    ----------
    told : object
        What came back.
    cells : list of dict
        The code cells that were sent.
    seed : int
        The seed of the probes that was sent.
    mode : str
        The isolation that the worker has stated.

    Raises
    ------
    Rubbish
        If it can't be the answer.
    NoAnswer, Unfit, UnknownRun
        If the worker says that it has none.
    """
    answer = _read(told)
    if isinstance(answer.get("failed"), str):
        raise NoAnswer(answer["failed"])
    if isinstance(answer.get("unfit"), str):
        raise Unfit(answer["unfit"])
    if "unknown" in answer:
        raise UnknownRun
    _need(set(answer) == {"cells", "reasons", "isolation"}, "other parts than a judge's answer")
    _need(answer["isolation"] == mode, "another isolation than the worker's")
    _need(_texts(answer["reasons"]), "reasons that are no texts")
    back = answer["cells"]
    _need(isinstance(back, list) and len(back) == len(cells), "another number of cells")
    for asked, one in zip(cells, back, strict=True):
        _hold_against(asked, one, seed)
    return Marked(**answer)


def _read(told: object) -> dict[str, Any]:
    _need(type(told) is bytes, f"{type(told).__name__} in place of bytes")
    assert isinstance(told, bytes)
    _need(len(told) <= MOST_BYTES, f"more than {MOST_BYTES} bytes")
    try:
        answer = json.loads(told)
    except (ValueError, RecursionError) as error:
        raise Rubbish("bytes that are no JSON") from error
    _need(isinstance(answer, dict), "JSON that is no answer")
    return dict(answer)


def _hold_against(asked: dict[str, Any], one: object, seed: int) -> None:
    student = asked["kind"] == "student"
    parts = {"outputs"} if student else {"outputs", "verdict"}
    _need(isinstance(one, dict) and set(one) == parts, "a cell with other parts")
    assert isinstance(one, dict)
    outputs = one["outputs"]
    _need(isinstance(outputs, list), "outputs that are no list")
    known = all(isinstance(o, dict) and o.get("output_type") in OUTPUTS for o in outputs)
    _need(known, "an output of no known kind")
    if not student and one["verdict"] is not None:  # an instructor's own check has none
        _hold_verdict(one["verdict"], seed)


def _hold_verdict(verdict: object, seed: int) -> None:
    _need(isinstance(verdict, dict), "a verdict of another kind")
    assert isinstance(verdict, dict)
    judged = "exercise" in verdict
    kinds = VERDICT | WHERE_JUDGED if judged else VERDICT
    _need(set(verdict) == set(kinds), "a verdict with other parts")
    for part, kind in kinds.items():
        value = verdict[part]
        fits = type(value) in ((int, float) if kind is float else (kind,))
        _need(fits or (part == "seed" and value is None), f"a verdict with odd {part}")
    most = verdict["max_points"] if judged else 0.0
    for part in ("points", "own_points"):
        points = verdict[part]
        # Sums of parts may miss their total in the last digit.
        _need(math.isfinite(most) and 0 <= points <= most + 1e-6, f"impossible {part}")
    _need(verdict["seed"] in (None, seed), "a verdict by other probes")
    _need(_texts(verdict["mistakes"]), "mistakes that are no texts")


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(type(one) is str for one in value)


def _need(true: bool, otherwise: str) -> None:
    if not true:
        raise Rubbish(otherwise)
