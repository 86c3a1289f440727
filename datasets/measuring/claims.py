"""A claim: a number that a text of the course quotes, and how to measure it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Takes how many first weights to try, and gives what was measured.
Measure = Callable[[int], float]


@dataclass(frozen=True)
class Claim:
    """A number that is quoted somewhere."""

    text: str
    said: float
    tolerance: float
    measure: Measure
    quick: bool

    def holds(self, measured: float) -> bool:
        """Say whether a measurement is near enough."""
        return abs(measured - self.said) <= self.tolerance


CLAIMS: dict[str, Claim] = {}


def claim(said: float, tolerance: float, quick: bool = False) -> Callable[[Measure], Measure]:
    """Register a function that measures one number; its docstring is the claim's text."""

    def register(measure: Measure) -> Measure:
        text = str(measure.__doc__).removesuffix(".")
        CLAIMS[measure.__name__] = Claim(text, said, tolerance, measure, quick)
        return measure

    return register
