"""`autograder doctor`: what isolation this machine gives, and what it lacks."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from autograder.sandbox.isolation import probe, strongest

PACKAGES = ("nbgrader", "numpy", "ipython", "matplotlib", "h5py", "msgspec", "landlockpy")


def report() -> list[str]:
    """Say line by line what was found."""
    lines = [
        f"System: {platform.system()} {platform.release()}, {platform.machine()}, "
        f"Python {platform.python_version()}, {_who()}",
        "Packages: " + ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        "",
        "How students' code can be kept apart here, the strongest way first:",
    ]
    found = probe()
    for one in found:
        lines.append(f"  {one.mode}: {'works' if one.works else 'does not work: ' + one.why}")
        if one.parts:
            lines.append(f"    made of: {', '.join(one.parts)}")
        if one.works and one.lacks:
            lines.append(f"    lacks:   {'; '.join(one.lacks)}")
    try:
        best = strongest(found)
    except LookupError:
        return [*lines, "", "None works: autograder grade can't run here."]
    lines += ["", f"autograder grade uses: {best}."]
    if best == "rlimits":
        lines.append(
            "That stops accidents, not intent: grade asks for --allow-weak-isolation before it "
            "runs. On Linux 5.13 or newer with libseccomp there is better."
        )
    return lines


def _who() -> str:
    return "as root" if os.geteuid() == 0 else f"as an ordinary user (uid {os.geteuid()})"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
