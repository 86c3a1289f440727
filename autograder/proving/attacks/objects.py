"""Attacks for points by what a function returns: objects that are not what they seem.

Each replaces the answer to another exercise, so that many share a notebook.
"""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack

_one = partial(Attack, theme="points", on_stock=True, honest=0.0, batch="answers-1")
_three = partial(Attack, theme="points", on_stock=True, honest=0.0, batch="answers-3")

ATTACKS = (
    _one(
        "equals-everything",
        what="Returns an object that equals everything and pretends to be an array.",
        where="linear_backward",
        code="""
class Yes(np.ndarray):
    shape = ()
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return True
    def __eq__(self, other): return True
    def __getitem__(self, key): return self
def linear_backward(dZ, cache):
    return (np.zeros(()).view(Yes),) * 3
""",
    ),
    _one(
        "dictionary-with-every-key",
        what="Returns a dictionary subclass that has every key and equals everything.",
        where="L_model_backward",
        code="""
class Yes(np.ndarray):
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return True
class Always(dict):
    def __getitem__(self, key): return np.zeros(()).view(Yes)
    def __contains__(self, key): return True
    def __eq__(self, other): return True
def L_model_backward(AL, Y, caches):
    return Always(dW1=1.0)
""",
    ),
    _one(
        "lies-about-its-class",
        what="Returns an object whose class says that it is an array, a float and a tuple.",
        where="compute_cost",
        code="""
class Liar:
    __class__ = property(lambda self: float)
    def __eq__(self, other): return True
    def __array__(self, *a, **k): return np.zeros(())
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return True
    def __float__(self): return 0.5
def compute_cost(AL, Y):
    return Liar()
""",
    ),
    _one(
        "masked-arrays",
        what="Returns arrays in which every entry is masked, so that no entry differs.",
        where="linear_forward",
        code="""
def linear_forward(A, W, b):
    return np.ma.masked_all((W.shape[0], A.shape[1])), (A, W, b)
""",
    ),
    _one(
        "not-a-number",
        what="Returns NaN, infinity and empty arrays in the hope that no comparison fails.",
        where="linear_activation_backward",
        honest=1.0,
        code="""
def linear_activation_backward(dA, cache, activation):
    (A_prev, W, b), Z = cache
    return A_prev * np.nan, W * np.inf, b * np.nan
""",
    ),
    _one(
        "answers-when-compared",
        what="Returns an object that finds out what is wanted only while it is compared.",
        where="update_parameters",
        honest=1.0,
        code="""
class Later:
    def __array__(self, *a, **k):
        import sys
        frame = sys._getframe(1)
        while frame:
            for name in ("desired", "wanted", "w", "b"):
                value = frame.f_locals.get(name)
                if isinstance(value, np.ndarray):
                    return value.copy()
            frame = frame.f_back
        return np.zeros(())
class Any(dict):
    def __getitem__(self, key): return Later()
def update_parameters(params, grads, learning_rate):
    return Any(params)
""",
    ),
    _one(
        "generator",
        what="Returns generators and functions, which would run on the side that checks.",
        where="initialize_parameters_deep",
        code="""
def initialize_parameters_deep(layer_dims):
    class Lazy(dict):
        def items(self): return iter([("W1", 1)])
        def __reduce__(self): return (print, ("{marker}"[::-1],))
    return Lazy(W1=(x for x in range(3)), b1=lambda: 0)
""",
        on_stock=False,
    ),
    _three(
        "array-subclass",
        what="Returns arrays of a class of its own that answers every operation with True.",
        where="linear_backward",
        code="""
class Own(np.ndarray):
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, f, t, a, k): return True
    def __array_finalize__(self, other): pass
    def tobytes(self, *a): return b""
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    return tuple(np.zeros(x.shape).view(Own) for x in (A_prev, W, b))
""",
    ),
    _three(
        "number-subclass",
        what="Returns a float of a class of its own that compares equal to everything.",
        where="compute_cost",
        code="""
class Near(float):
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __eq__(self, other): return True
    def __array_ufunc__(self, *a, **k): return np.True_
    def __array_function__(self, *a, **k): return True
def compute_cost(AL, Y):
    return Near(1)
""",
    ),
    _three(
        "text-and-records",
        what="Returns strings, records and dates where numbers are wanted.",
        where="linear_forward",
        code="""
def linear_forward(A, W, b):
    return np.zeros(3, dtype=[("a", float), ("b", "M8[s]")]), "right"
""",
        on_stock=False,
    ),
    _three(
        "callable-object",
        what="Is no function but an object with its own code, globals and name.",
        where="update_parameters",
        code="""
class Odd:
    __code__ = __globals__ = __name__ = __wrapped__ = property(lambda self: 1 / 0)
    def __call__(self, *a): return dict.fromkeys("W1 b1".split(), 0.0)
    def __getattr__(self, name): return self
update_parameters = Odd()
""",
        on_stock=False,
    ),
    _three(
        "huge-numbers",
        what="Returns integers of a million digits and numbers that are none.",
        where="L_model_backward",
        code="""
def L_model_backward(AL, Y, caches):
    return {"dW1": 10 ** 100_000, "db1": float("inf"), "dA0": -(1 << 500_000)}
""",
        on_stock=False,
    ),
)
