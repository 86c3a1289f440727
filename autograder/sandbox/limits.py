"""How much a submission may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one submission's sandbox; what crosses one is stopped.

    Attributes
    ----------
    seconds_per_cell, seconds_per_call, seconds_per_submission : float
        Wall time of one cell, of one call of a graded function, and of everything.
    cpu_seconds : int
        Processor time of one sandbox process.
    memory_megabytes : int
        Memory beyond what the warm process has itself.
    output_bytes : int
        What one cell may print or show.
    files, file_megabytes : int
        How many files it may make in its folder, and their size together.
    threads : int
        Threads beside the main one. Other processes are never allowed, nor is a network.
    """

    seconds_per_cell: float = 30.0
    seconds_per_call: float = 2.0
    seconds_per_submission: float = 300.0
    cpu_seconds: int = 600
    memory_megabytes: int = 2048
    output_bytes: int = 2_000_000
    files: int = 500
    file_megabytes: int = 100
    threads: int = 16
