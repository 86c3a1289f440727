"""The vocabulary: what an exercise is and how its probes are made."""

from __future__ import annotations

import copy
import inspect
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.contract import Contract, Probe

VISIBLE_POINTS = {"structure": 1.0, "core": 3.0}
HIDDEN_POINTS = {"core": 3.0, "edge": 3.0}


@dataclass(frozen=True)
class Exercise:
    """One function to write.

    Attributes
    ----------
    assignment : str
        The assignment it belongs to.
    reference : callable
        The right answer. Its name and parameters are the exercise's.
    make_probes : callable
        Given a random generator, yields probes; `wanted` is left out, or a function of
        the arguments that works it out in another way than the reference.
    returns : tuple of str
        Names of what it gives back.
    needs : tuple of str
        Earlier exercises that an answer may call.
    may_change, extra_keys, optional : tuple of str
        As in `Contract`.
    any_sequence : bool
        As in `Contract`.
    traces : tuple of str
        As in `Contract`. A probe's `wanted` has to give all that could be noted.
    mutants_as_hints : bool
        Whether machine-made mistakes are recognised too. Not where there are so many and a
        call takes so long that the first hint would have to be waited for.
    """

    assignment: str
    reference: Callable[..., Any]
    make_probes: Callable[[np.random.Generator], Iterable[Probe]]
    returns: tuple[str, ...]
    needs: tuple[str, ...] = ()
    may_change: tuple[str, ...] = ()
    extra_keys: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    any_sequence: bool = False
    traces: tuple[str, ...] = ()
    mutants_as_hints: bool = True

    @property
    def name(self) -> str:
        """The function's name."""
        return self.reference.__name__

    @property
    def contract(self) -> Contract:
        """What the learner's side knows of this exercise."""
        parameters = tuple(inspect.signature(self.reference).parameters)
        return Contract(
            self.name,
            parameters,
            self.returns,
            self.may_change,
            self.extra_keys,
            self.needs,
            self.optional,
            self.any_sequence,
            self.traces,
        )

    def probes(self, seed: int, *, hidden: bool) -> list[Probe]:
        """Make the probes of the visible or the hidden check, with what is wanted."""
        return [self.with_wanted(probe) for probe in self.inputs(seed, hidden=hidden)]

    def inputs(self, seed: int, *, hidden: bool) -> list[Probe]:
        """Make the same probes without what is wanted, which is worked out after the call.

        Parameters
        ----------
        seed : int
            Another seed gives other numbers of the same kinds.
        hidden : bool
            The visible check has the core cases, the hidden one core and edge cases.
        """
        stream = [seed, zlib.crc32(self.name.encode()), int(hidden)]
        made = self.make_probes(np.random.default_rng(stream))
        return [probe for probe in made if hidden or probe.group == "core"]

    def with_wanted(self, probe: Probe) -> Probe:
        """Work out what is wanted: by the reference, or as the probe itself says."""
        work_out = probe.wanted or self.reference
        return replace(probe, wanted=work_out(*copy.deepcopy(probe.args)))


def core(kind: str, *args: Any, **rest: Any) -> Probe:
    """A probe of the core group."""
    return Probe(kind, "core", args, **rest)


def edge(kind: str, *args: Any, **rest: Any) -> Probe:
    """A probe of the edge group."""
    return Probe(kind, "edge", args, **rest)
