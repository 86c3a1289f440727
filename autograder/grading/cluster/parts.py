"""What the coordinator knows of workers and of submissions on their way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Patience:
    """How long the coordinator waits, in seconds.

    Attributes
    ----------
    connecting : float
        For the scheduler, at the start and when it is lost.
    no_worker : float
        For a worker that may judge.
    greeting : float
        For what a worker says of itself; it tries out its isolation meanwhile.
    answer : float, optional
        For one submission, on its worker; by default longer than its judge's own limits.
    look : float
        Between two looks at who is there.
    """

    connecting: float = 5.0
    no_worker: float = 300.0
    greeting: float = 180.0
    answer: float | None = None
    look: float = 0.5


@dataclass(eq=False)
class Worker:
    """One worker's process, as the coordinator knows it."""

    address: str
    threads: int
    mode: str = ""
    busy: int = 0  # threads
    leases: int = 0
    crowded: bool = False  # when it died, it was at more than one submission
    usable: bool = False
    faults: int = 0  # in a row
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    has: set[str] = field(default_factory=set)  # of the course's files
    filling: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class Asked:
    """One submission, and what became of earlier tries.

    Attributes
    ----------
    request : bytes
        What the worker is asked.
    shared : mapping
        The course's files that it needs, by hash.
    own : mapping
        The student's own files.
    tried : set of str
        Workers that did not manage.
    deaths : int
        How often its worker died.
    alone : int
        How often it was the only one there.
    faults, failures, lost : int
        How often its worker told nothing sensible, said that it could not judge, or was
        gone before it began.
    """

    request: bytes
    shared: Mapping[str, bytes]
    own: Mapping[str, bytes]
    tried: set[str] = field(default_factory=set)
    deaths: int = 0
    alone: int = 0
    faults: int = 0
    failures: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Try:
    """How one try ended: ``told``, ``died``, ``hung``, ``failed`` or ``lost``."""

    worker: Worker
    end: str
    told: object = None
    why: str = ""
