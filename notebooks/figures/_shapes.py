"""The few shapes that every figure of this folder is built from.

A figure is drawn on a `Canvas` 800 units wide, in pixels as a reader sees it: a size of 14 is
14 pixels in the notebook. The y axis points down, as in the SVG file.

Colour is never the only sign. Parameters, data, gradients and caches each have one colour of the
Okabe-Ito set, and besides: gradients have dashed outlines and arrows, caches are notes with
a folded corner, so the figures survive grey print.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline

WIDTH = 800
SMALL = 14  # the smallest text; subscripts shrink by 0.7, so maths is set in MATHS or larger
BODY = 16
MATHS = 18

mpl.rcdefaults()  # a reader's own matplotlib settings must not change the files
mpl.rcParams.update(
    {
        "font.family": "DejaVu Sans",  # ships with matplotlib: the same glyphs on every machine
        "mathtext.fontset": "dejavusans",
        "svg.fonttype": "path",
    }
)


class Point(NamedTuple):
    """A place on the canvas."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle given by its centre and size; the edges are where arrows start and end."""

    cx: float
    cy: float
    w: float
    h: float

    @property
    def left(self) -> Point:
        """Return the middle of the left edge."""
        return Point(self.cx - self.w / 2, self.cy)

    @property
    def right(self) -> Point:
        """Return the middle of the right edge."""
        return Point(self.cx + self.w / 2, self.cy)

    @property
    def top(self) -> Point:
        """Return the middle of the top edge."""
        return Point(self.cx, self.cy - self.h / 2)

    @property
    def bottom(self) -> Point:
        """Return the middle of the bottom edge."""
        return Point(self.cx, self.cy + self.h / 2)


@dataclass(frozen=True)
class Ink:
    """The colours of one kind of thing, and how its outlines and arrows are dashed."""

    line: str
    fill: str
    text: str
    dash: Any = "solid"
    width: float = 2.0


PLAIN = Ink("#555555", "#F3F3F3", "#1A1A1A", width=1.6)
FAINT = Ink("#C4C4C4", "white", "#1A1A1A", width=1.0)
PARAMETER = Ink("#009E73", "#D3EFE6", "#00523C")
DATA = Ink("#0072B2", "#D3E6F3", "#00476F")
GRADIENT = Ink("#D55E00", "#FBE2D2", "#8A3D00", dash=(0, (4.5, 2.2)))
CACHE = Ink("#E69F00", "#FCEFD0", "#5F4300", dash=(0, (1.2, 1.6)), width=2.4)


class Canvas:
    """A white page, 800 wide, with one method for each shape."""

    def __init__(self, height: int) -> None:
        """Open an empty page of the given height."""
        self.height = height
        self.figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72, facecolor="white")
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, WIDTH)
        self.axes.set_ylim(height, 0)
        self.axes.axis("off")

    def plot_area(self, x: float, y: float, w: float, h: float) -> Axes:
        """Add real axes for a curve; (x, y) is the top left corner, in canvas units."""
        frame = (x / WIDTH, 1 - (y + h) / self.height, w / WIDTH, h / self.height)
        area = self.figure.add_axes(frame, facecolor="none")
        area.spines[["top", "right"]].set_visible(False)
        area.tick_params(labelsize=SMALL)
        return area

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = BODY,
        ink: Ink = PLAIN,
        code: bool = False,
        **extra: Any,
    ) -> None:
        """Write words, centred on the point unless `ha` says otherwise; lines end with a newline.

        Lines are set by their baselines: centring each by its ink would let a word with a "g" or
        an "_" stand higher than its neighbour.
        """
        style = {"ha": "center", "va": "baseline", **extra}
        if code:
            style["family"] = "DejaVu Sans Mono"
        lines = words.split("\n")
        for line, middle in zip(lines, column(y, len(lines), 1.35 * size), strict=True):
            self.axes.text(x, middle + 0.36 * size, line, size=size, color=ink.text, **style)

    def box(
        self,
        box: Box,
        words: str = "",
        *,
        ink: Ink = PLAIN,
        size: float = BODY,
        rounding: float = 8,
        **extra: Any,
    ) -> None:
        """Draw a rounded box with words in its middle: a step, or a value with `ink`."""
        shape = FancyBboxPatch(
            (box.left.x, box.top.y),
            box.w,
            box.h,
            boxstyle=f"round,pad=0,rounding_size={rounding}",
            facecolor=ink.fill,
            edgecolor=ink.line,
            linewidth=ink.width,
            linestyle=ink.dash if ink is GRADIENT else "solid",
        )
        self.axes.add_patch(shape)
        if words:
            self.text(box.cx, box.cy, words, size=size, ink=ink, **extra)

    def step(self, box: Box, title: str, formula: str, *, ink: Ink = PLAIN) -> None:
        """Draw a box with a bold title and a formula below it."""
        self.box(box, ink=ink)
        self.text(box.cx, box.cy - 18, title, ink=ink, weight="bold")
        self.text(box.cx, box.cy + 16, formula, size=MATHS, ink=ink)

    def frame(self, box: Box) -> None:
        """Draw a light background that holds several boxes together."""
        self.box(box, ink=Ink("#BBBBBB", "#FAFAFA", PLAIN.text, width=1.2), rounding=12)

    def note(self, box: Box, words: str, *, size: float = SMALL) -> None:
        """Draw a cache: a note with a folded corner."""
        fold = 12
        left, right, top, bottom = box.left.x, box.right.x, box.top.y, box.bottom.y
        paper = [(left, top), (right - fold, top), (right, top + fold), (right, bottom)]
        style: dict[str, Any] = {"edgecolor": CACHE.line, "linewidth": CACHE.width}
        self.axes.add_patch(Polygon([*paper, (left, bottom)], facecolor=CACHE.fill, **style))
        corner = [(right - fold, top), (right - fold, top + fold), (right, top + fold)]
        self.axes.add_patch(Polygon(corner, facecolor="white", **style))
        self.text(box.cx, box.cy, words, size=size, ink=CACHE, code=True)

    def arrow(self, *points: tuple[float, float], ink: Ink = DATA, head: bool = True) -> None:
        """Draw a line through the points; the head stays solid when the line is dashed."""
        (x0, y0), (x1, y1) = points[-2:]
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        reach, half = (11, 5.5) if head else (0, 0)
        base = (x1 - reach * ux, y1 - reach * uy)
        line = Outline([*points[:-1], base])
        style = {"edgecolor": ink.line, "linewidth": ink.width, "linestyle": ink.dash}
        self.axes.add_patch(PathPatch(line, facecolor="none", **style))
        if head:
            wings = [(base[0] - s * half * uy, base[1] + s * half * ux) for s in (1, -1)]
            self.axes.add_patch(Polygon([(x1, y1), *wings], facecolor=ink.line, edgecolor="none"))

    def matrix(self, box: Box, rows: int, cols: int, ink: Ink) -> None:
        """Draw an array as a grid of rows x cols cells."""
        left, top = box.left.x, box.top.y
        grid = [
            ((left, top + box.h * i / rows), (left + box.w, top + box.h * i / rows))
            for i in range(1, rows)
        ]
        grid += [
            ((left + box.w * j / cols, top), (left + box.w * j / cols, top + box.h))
            for j in range(1, cols)
        ]
        self.axes.add_patch(Rectangle((left, top), box.w, box.h, facecolor=ink.fill, linewidth=0))
        for start, end in grid:
            self.axes.add_patch(PathPatch(Outline([start, end]), edgecolor=ink.line, linewidth=0.7))
        dash = ink.dash if ink is GRADIENT else "solid"
        self.axes.add_patch(
            Rectangle(
                (left, top),
                box.w,
                box.h,
                facecolor="none",
                edgecolor=ink.line,
                linewidth=ink.width,
                linestyle=dash,
            )
        )

    def shade(self, box: Box, ink: Ink) -> None:
        """Fill part of a matrix with its full colour, to point at one row or column."""
        corner = (box.left.x, box.top.y)
        self.axes.add_patch(Rectangle(corner, box.w, box.h, facecolor=ink.line, alpha=0.75))

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        words: str = "",
        *,
        ink: Ink = PLAIN,
        size: float = SMALL,
    ) -> None:
        """Draw a circle: a unit of a layer, a step's number, a factor on an arrow."""
        self.axes.add_patch(
            Circle((x, y), radius, facecolor=ink.fill, edgecolor=ink.line, linewidth=ink.width)
        )
        if words:
            self.text(x, y, words, size=size, ink=ink)


def column(cy: float, count: int, step: float) -> list[float]:
    """Return the y of each of `count` things stacked around cy."""
    return [cy + step * (i - (count - 1) / 2) for i in range(count)]
