"""docs/bench.svg: what a submission costs against the size of the class."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from autograder.proving.bench_figures import Row, rows

# Lines are told apart by their marks and dashes; colours are extra.
STYLES = (
    ("o", "-"), ("*", "-"), ("s", "-"), ("D", "--"), ("^", "-."), ("v", ":"), ("x", ":"),
)  # fmt: skip
PANELS = (
    ("cpu_ms", "CPU ms a submission"),
    ("wall_ms", "wall ms a submission"),
    ("peak_mb", "peak MB, all processes"),
)


def draw(path: Path) -> Path:
    """Draw the plot of some results beside them; the same results give the same bytes."""
    import matplotlib as mpl

    results = json.loads(path.read_text(encoding="utf-8"))
    target = path.with_suffix(".svg")
    settings: Any = {"svg.hashsalt": "bench", "svg.fonttype": "path", "font.size": 9}
    with mpl.rc_context(settings):
        _figure(results).savefig(target, metadata={"Date": None})
    # Lines end as an editor would have them.
    lines = target.read_text(encoding="utf-8").splitlines()
    target.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")
    return target


def _figure(results: dict[str, Any]) -> Any:
    from matplotlib.figure import Figure

    found = rows(results)
    many = results.get("many")
    figure = Figure(figsize=(10, 7 if many else 3.8), layout="constrained")
    grid = figure.add_gridspec(2 if many else 1, 6)
    for number, (name, label) in enumerate(PANELS):
        axes = figure.add_subplot(grid[0, 2 * number : 2 * number + 2])
        _panel(axes, found, list(results["ways"]), name, label)
    if found:
        handles, names = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=8)
    if many:
        left, right = figure.add_subplot(grid[1, :3]), figure.add_subplot(grid[1, 3:])
        ends = [one["to"] for one in many["steps"]]
        for axes, name, label in ((left, "rate", "submissions a second"), (right, "mb", "MB")):
            axes.plot(ends, [one[name] for one in many["steps"]], "k.-")
            axes.set(xlabel="submissions marked in one run", ylabel=label, ylim=(0, None))
            axes.grid(alpha=0.3)
    return figure


def _panel(axes: Any, found: list[Row], ways: list[str], name: str, label: str) -> None:
    for number, way in enumerate(ways):
        own = [row for row in found if row.way == way]
        mark, dash = STYLES[number % len(STYLES)]
        shade = str(0.55 * number / max(1, len(ways) - 1))
        if own:
            axes.plot(
                [row.students for row in own], [getattr(row, name) for row in own],
                marker=mark, linestyle=dash, color=shade, label=way, markerfacecolor="white",
            )  # fmt: skip
    sizes = sorted({row.students for row in found})
    axes.set(xscale="log", xlabel="students", ylabel=label)
    values = [getattr(row, name) for row in found]
    if name == "peak_mb":
        axes.set_ylim(0, None)
    elif values:  # whole decades, so that there are numbers at the axis
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        axes.set(yscale="log", ylim=(10**low, 10**high))
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
