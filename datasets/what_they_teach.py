"""Measure again what the course says about its data sets.

    python datasets/what_they_teach.py [--seeds 6] [WORD ...]

Every number about the sets that a text of the course quotes is a claim in `measuring/`: what
is said, how it is measured, and how far off a measurement may be. A claim that has "seed" in
its text is about one run, the others are means over several first weights. WORD picks the
claims with that word in their text.

A deep network on raw pictures is chaotic: its cost jumps up now and then, and a first weight
that differs in the last bit ends elsewhere. Claims about it are wide on purpose.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from measuring import bugs, pictures, points  # noqa: F401 (they register their claims)
from measuring.claims import CLAIMS


def main() -> int:
    """Measure, print, and give 1 if a claim does not hold."""
    parser = argparse.ArgumentParser(description="Measure what the course says about its sets.")
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--seeds", type=int, default=6)
    chosen = parser.parse_args()
    wrong = 0
    for one in CLAIMS.values():
        if all(word in one.text for word in chosen.words):
            measured = one.measure(chosen.seeds)
            wrong += not one.holds(measured)
            word = "holds" if one.holds(measured) else "DOES NOT HOLD"
            print(f"{one.text}: {measured:.4g}, said {one.said:g} +- {one.tolerance:g}: {word}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
