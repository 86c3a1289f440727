"""Draw the figures of the step-by-step assignment as SVG files beside this script.

    python notebooks/figures/draw_figures.py            draw all of them again
    python notebooks/figures/draw_figures.py --check    say which files differ from a fresh drawing

The same matplotlib version gives the same bytes on every run: there is no date in the files, ids
come from a fixed salt, and letters are outlines, so no reader needs a font.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from _blocks import (
    initialize_parameters,
    initialize_parameters_deep,
    linear_backward,
    linear_forward,
)
from _curves import compute_cost, update_parameters
from _flows import (
    linear_activation_backward,
    linear_activation_forward,
    model_backward,
    model_forward,
    overview,
)
from _shapes import Canvas
from _svg_files import write_or_check

FIGURES: dict[str, Callable[[], Canvas]] = {
    "overview": overview,
    "initialize_parameters": initialize_parameters,
    "initialize_parameters_deep": initialize_parameters_deep,
    "linear_forward": linear_forward,
    "linear_activation_forward": linear_activation_forward,
    "L_model_forward": model_forward,
    "compute_cost": compute_cost,
    "linear_backward": linear_backward,
    "linear_activation_backward": linear_activation_backward,
    "L_model_backward": model_backward,
    "update_parameters": update_parameters,
}

# What a reader who cannot see the figure should take from it: the idea, not the look.
ALT = {
    "overview": (
        "Training repeats one loop: a forward pass through all layers gives the cost, a backward "
        "pass through the same layers in the other direction, reading what each one cached, gives "
        "the gradients, and an update of W and b starts the next turn."
    ),
    "initialize_parameters": (
        "Each weight matrix has one row for every unit of its own layer and one column for every "
        "unit of the layer before: W1 is (n_h, n_x), b1 (n_h, 1), W2 (n_y, n_h) and b2 (n_y, 1), "
        "with small random weights and zero biases."
    ),
    "initialize_parameters_deep": (
        "Every neighbouring pair of widths in layer_dims gives one W of shape "
        "(layer_dims[l], layer_dims[l-1]) and one b of shape (layer_dims[l], 1)."
    ),
    "linear_forward": (
        "Z = W A + b works on all m examples at once, one a column, the single column of b is "
        "added to each of them, and the inputs A, W and b are kept as the cache."
    ),
    "linear_activation_forward": (
        "One layer is a linear step from A_prev to Z and then an activation from Z to A; the first "
        "leaves (A_prev, W, b) and the second leaves Z as caches for the way back."
    ),
    "L_model_forward": (
        "X goes through L - 1 layers with relu and one with sigmoid to become AL, and layer l "
        "stores its cache at index l - 1 of the list caches."
    ),
    "compute_cost": (
        "A confident wrong guess costs much and a right one next to nothing: the loss is -log(a) "
        "where y is 1 and -log(1 - a) where y is 0, and the cost J is its mean over m examples."
    ),
    "linear_backward": (
        "dZ goes three ways: dW and db add up over the examples and take the factor 1/m, whereas "
        "dA_prev = W.T dZ keeps one column for each example and takes no 1/m."
    ),
    "linear_activation_backward": (
        "Backward runs the layer in reverse: the activation step turns dA into dZ by reading the "
        "cached Z, then the linear step turns dZ into dA_prev, dW and db by reading (A_prev, W, b)."
    ),
    "L_model_backward": (
        "The backward pass starts with dAL at the last layer and goes down to dA0; layer l reads "
        "caches[l-1] and leaves the keys dA{l-1}, dW{l} and db{l}."
    ),
    "update_parameters": (
        "A step of -alpha times the slope leads downhill on the cost: too small a learning rate "
        "hardly moves, a right one reaches the bottom, too large a one jumps over it and climbs."
    ),
}


if __name__ == "__main__":
    drawn = {name: (draw, ALT[name]) for name, draw in FIGURES.items()}
    sys.exit(write_or_check("", drawn, "draw_figures.py"))
