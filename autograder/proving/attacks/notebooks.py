"""The notebooks that attacks are put into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import nbformat

from autograder import course
from autograder.building.notebooks import read_source
from autograder.exercises import ASSIGNMENTS
from autograder.proving.attacks.model import Attack, Places, fill

ASSIGNMENT = "step-by-step"
EXERCISE_NAMES = tuple(exercise.name for exercise in ASSIGNMENTS[ASSIGNMENT])

# Right keys and shapes, wrong numbers: what an honest student with no idea could write.
WRONG = {
    "initialize_parameters": """
def initialize_parameters(n_x, n_h, n_y):
    shapes = {"W1": (n_h, n_x), "b1": (n_h, 1), "W2": (n_y, n_h), "b2": (n_y, 1)}
    return {name: np.full(shape, 7.0) for name, shape in shapes.items()}
""",
    "initialize_parameters_deep": """
def initialize_parameters_deep(layer_dims):
    parameters = {}
    for l in range(1, len(layer_dims)):
        parameters["W" + str(l)] = np.full((layer_dims[l], layer_dims[l - 1]), 7.0)
        parameters["b" + str(l)] = np.full((layer_dims[l], 1), 7.0)
    return parameters
""",
    "linear_forward": """
def linear_forward(A, W, b):
    return np.full((W.shape[0], A.shape[1]), 7.0), (A, W, b)
""",
    "linear_activation_forward": """
def linear_activation_forward(A_prev, W, b, activation):
    Z = np.full((W.shape[0], A_prev.shape[1]), 7.0)
    return Z.copy(), ((A_prev, W, b), Z)
""",
    "L_model_forward": """
def L_model_forward(X, parameters):
    caches, A = [], X
    for l in range(1, len(parameters) // 2 + 1):
        W, b = parameters["W" + str(l)], parameters["b" + str(l)]
        Z = np.full((W.shape[0], X.shape[1]), 7.0)
        caches.append(((A, W, b), Z))
        A = Z.copy()
    return A, caches
""",
    "compute_cost": """
def compute_cost(AL, Y):
    return np.float64(7.0)
""",
    "linear_backward": """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    return np.full(A_prev.shape, 7.0), np.full(W.shape, 7.0), np.full(b.shape, 7.0)
""",
    "linear_activation_backward": """
def linear_activation_backward(dA, cache, activation):
    (A_prev, W, b), Z = cache
    return np.full(A_prev.shape, 7.0), np.full(W.shape, 7.0), np.full(b.shape, 7.0)
""",
    "L_model_backward": """
def L_model_backward(AL, Y, caches):
    grads = {}
    for l, ((A_prev, W, b), Z) in enumerate(caches, start=1):
        for name, like in (("dA" + str(l - 1), A_prev), ("dW" + str(l), W), ("db" + str(l), b)):
            grads[name] = np.full(like.shape, 7.0)
    return grads
""",
    "update_parameters": """
def update_parameters(params, grads, learning_rate):
    return {name: np.full(value.shape, 7.0) for name, value in params.items()}
""",
}


def grade_id(cell: Any) -> str:
    """Give a cell's nbgrader name, or nothing."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def by_grade_id(notebook: Any, name: str) -> Any:
    """Find the cell of that name."""
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def right_answers() -> dict[str, str]:
    """Give the authors' answers by exercise."""
    source = read_source(course.SOURCES / f"{ASSIGNMENT}.md")
    found = {grade_id(c): c.source for c in source.cells if grade_id(c) in EXERCISE_NAMES}
    return {
        name: "\n".join(line for line in text.splitlines() if " SOLUTION" not in line)
        for name, text in found.items()
    }


def with_answers(released: Any, base: str) -> Any:
    """Give a copy of the released notebook with blank, wrong or right answers."""
    notebook = nbformat.from_dict(released)
    answers = {"blank": dict[str, str](), "wrong": WRONG, "right": right_answers()}[base]
    for name, text in answers.items():
        by_grade_id(notebook, name).source = text.strip()
    return notebook


def assemble(
    released: Any, attacks: Sequence[Attack], places_of: Callable[[Attack], Places]
) -> Any:
    """Put attacks into one notebook; the result may be bytes, if an attack made it so."""
    notebook = with_answers(released, attacks[0].base)
    names = [grade_id(cell) for cell in notebook.cells]
    first = names.index(EXERCISE_NAMES[0])
    for attack in attacks:
        places = places_of(attack)
        # The marker shows later whose cell it was, and that its last statement was reached.
        code = f"{fill(attack.code, places).strip()}\n# {places['marker']}"
        if attack.code and attack.where == "top":
            name = f"attack-{attack.name}"
            notebook.cells.insert(first, nbformat.v4.new_code_cell(code, id=name[:64]))
            first += 1
        elif attack.code:
            by_grade_id(notebook, attack.where).source = code
    for attack in attacks:
        if attack.edit is not None:
            notebook = attack.edit(notebook, places_of(attack))
    return notebook
