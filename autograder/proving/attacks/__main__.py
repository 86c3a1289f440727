"""Try all attacks, on nbgrader as it comes and on ours, and write a table.

python -m autograder.proving.attacks --table docs/attacks.md
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from autograder.grading.judge_process import JudgeProcess, Settings
from autograder.proving.attacks.catalogue import ATTACKS
from autograder.proving.attacks.effects import Outcome
from autograder.proving.attacks.harness import run_class
from autograder.proving.attacks.looking import ClassRun
from autograder.proving.attacks.model import THEMES, Attack
from autograder.proving.attacks.stage import Stage
from autograder.proving.attacks.stock import make_template, run_stock

HEAD = """# What attacks achieve

Made by `python -m autograder.proving.attacks --table docs/attacks.md`, which does every attack
of `autograder/proving/attacks` and writes down what came of it; nothing here is written by hand.
{attacks} attacks, {isolation}. The class had honest students before, between and behind them.

- **stock nbgrader**: the same ten exercises as an ordinary nbgrader course. Its checks compare with
  stored numbers and run in the student's kernel, in nbgrader's own way. Each attack has a course of
  its own. *not tried*: too dangerous where nothing protects the machine, or without a meaning.
- **autograder**: `autograder grade` on one class folder; attacks that are not in each other's way
  share a notebook.

{summary}
"""
TITLES = {
    "points": "Gain points",
    "secrets": "Read what is nobody's business",
    "reach": "Write, signal, start, connect",
    "exhaust": "Use up time, memory, files, processes, output",
    "judge": "Harass the judge",
    "files": "Hand in strange files; reach whoever looks at the results",
}
NOT_TRIED = "not tried"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; the exit code is 1 if anything got through."""
    parser = argparse.ArgumentParser(prog="python -m autograder.proving.attacks")
    parser.add_argument("names", nargs="*", metavar="ATTACK", help="Names or themes; else all.")
    parser.add_argument("--table", type=Path, help="Write a table into this Markdown file.")
    parser.add_argument("--isolation", default="strongest", help="One mode of autograder doctor.")
    parser.add_argument("--no-stock", action="store_true", help="Leave stock nbgrader out.")
    options = parser.parse_args(arguments)
    wanted = set(options.names)
    attacks = [a for a in ATTACKS if not wanted or {a.name, a.theme} & wanted]
    if not attacks:
        parser.error("No attack of that name.")
    mode = JudgeProcess(Settings(isolation=options.isolation, allow_weak=True)).mode
    folder = Path(tempfile.mkdtemp(prefix="attacks-"))
    folder.chmod(0o755)
    try:
        run = run_class(folder / "ours", attacks, isolation=mode)
        on_stock = [] if options.no_stock else [a for a in attacks if a.on_stock]
        stock = _on_stock(folder, on_stock)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    through = _tell(attacks, run, stock)
    if options.table is not None:
        text = table(attacks, run, stock, mode)
        options.table.write_text(text, encoding="utf-8")
    return 1 if through or run.problems else 0


def _on_stock(folder: Path, attacks: Sequence[Attack]) -> dict[str, Outcome]:
    if not attacks:
        return {}
    template = make_template(folder / "template")

    def one(attack: Attack) -> Outcome:
        own = folder / "stock" / attack.name
        try:
            return _tried(template, own, attack)
        finally:
            shutil.rmtree(own, ignore_errors=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return {outcome.attack: outcome for outcome in pool.map(one, attacks)}


def _tried(template: Stage, own: Path, attack: Attack) -> Outcome:
    own.mkdir(parents=True)
    return run_stock(template, own, attack)


def _tell(attacks: Sequence[Attack], run: ClassRun, stock: dict[str, Outcome]) -> list[str]:
    """Print a line for each attack; give the names of those that got something."""
    through = []
    for attack in attacks:
        ours = run.outcomes[attack.name]
        through += [attack.name] if ours.effects else []
        print(
            f"{attack.theme:8} {attack.name:42} ours: {_got(ours)}; stock: {_stock(attack, stock)}"
        )
    for problem in run.problems:
        print(f"for the whole class: {problem}", file=sys.stderr)
    return through


def table(
    attacks: Sequence[Attack], run: ClassRun, stock: dict[str, Outcome], isolation: str
) -> str:
    """Write the outcomes as Markdown, a table for each theme."""
    parts = [
        HEAD.format(
            attacks=len(attacks),
            isolation=f"isolation: {isolation}",
            summary=_summary(attacks, run, stock),
        )
    ]
    for theme in THEMES:
        own = [attack for attack in attacks if attack.theme == theme]
        if own:
            parts.append(
                f"\n## {TITLES[theme]}\n\n| attack | what it does | stock nbgrader | autograder |\n"
                "|---|---|---|---|\n"
            )
        for attack in own:
            cells = (
                attack.name,
                attack.what,
                _stock(attack, stock),
                _got(run.outcomes[attack.name]),
            )
            parts.append(f"| {' | '.join(map(_cell, cells))} |\n")
    return "".join(parts)


def _summary(attacks: Sequence[Attack], run: ClassRun, stock: dict[str, Outcome]) -> str:
    tried, ours, theirs = Counter[str](), Counter[str](), Counter[str]()
    for attack in attacks:
        tried[attack.theme] += 1
        ours[attack.theme] += bool(run.outcomes[attack.name].effects)
        theirs[attack.theme] += attack.name in stock and bool(stock[attack.name].effects)
    on_stock = Counter(attack.theme for attack in attacks if attack.name in stock)
    rows = [
        f"| {TITLES[t]} | {theirs[t]} of {on_stock[t]} | {ours[t]} of {tried[t]} |"
        for t in THEMES
        if tried[t]
    ]
    head = "| attacks that got something | stock nbgrader | autograder |\n|---|--:|--:|"
    found = f"\n\nFor the whole class: {'; '.join(map(_cell, run.problems)) or 'nothing.'}"
    return "\n".join([head, *rows]) + found


def _got(outcome: Outcome) -> str:
    return "; ".join(outcome.effects) or "nothing"


def _stock(attack: Attack, stock: dict[str, Outcome]) -> str:
    return _got(stock[attack.name]) if attack.name in stock else NOT_TRIED


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "\\<").split())


if __name__ == "__main__":
    sys.exit(main())
