"""Attacks on the judge by what a graded function returns, or how it is called.

All other exercises are answered rightly and must have full marks.
"""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack

_slow = partial(Attack, theme="judge", base="right", honest=0.0)
_return = partial(Attack, theme="judge", base="right", honest=0.0, batch="returns")
_other = partial(Attack, theme="judge", base="right", honest=0.0, batch="returns more")

ATTACKS = (
    _slow(
        "takes-its-time-in-every-call",
        what="Takes half as long in every call as is allowed.",
        where="update_parameters",
        honest=10.0,
        code="""
def update_parameters(params, grads, learning_rate):
    import time
    time.sleep(0.5)
    return {name: params[name] - learning_rate * grads["d" + name] for name in params}
""",
    ),
    _slow(
        "asks-its-helper-without-end",
        what="Calls the function that it builds on as often as it can.",
        where="L_model_backward",
        code="""
def L_model_backward(AL, Y, caches):
    import time
    end = time.monotonic() + 60
    while time.monotonic() < end:
        linear_activation_backward(np.ones((1, 1)), caches[0], "relu")
""",
    ),
    _slow(
        "hangs-while-it-is-looked-at",
        what="Returns an object that hangs in each of its methods.",
        where="linear_forward",
        code="""
def linear_forward(A, W, b):
    import time
    def hang(*a, **k):
        time.sleep(60)
    names = "iter len getitem array eq bool hash repr str reduce getattribute float del".split()
    return type("Slow", (dict,), {f"__{n}__": hang for n in names})()
""",
    ),
    _return(
        "returns-300-megabytes",
        what="Returns more than could be sent.",
        where="linear_forward",
        code="""
def linear_forward(A, W, b):
    return np.zeros(40_000_000), (A, W, b)
""",
    ),
    _return(
        "returns-8-terabytes",
        what="Returns an array of 8 TB that takes 8 bytes of memory.",
        where="linear_backward",
        code="""
def linear_backward(dZ, cache):
    return (np.broadcast_to(0.0, (1_000_000, 1_000_000)),) * 3
""",
    ),
    _return(
        "returns-deep-nesting",
        what="Returns lists nested 100,000 deep and a list that holds itself.",
        where="L_model_backward",
        code="""
def L_model_backward(AL, Y, caches):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    circle = [deep]
    circle.append(circle)
    return {"dA0": circle, "dW1": deep}
""",
    ),
    _return(
        "returns-many-keys",
        what="Returns a dictionary of 400,000 arrays.",
        where="update_parameters",
        code="""
def update_parameters(params, grads, learning_rate):
    one = np.zeros((2, 2))
    return {f"W{n}": one for n in range(400_000)}
""",
    ),
    _return(
        "returns-a-long-text",
        what="Returns and raises texts of 20 MB with characters that no file can hold.",
        where="compute_cost",
        code="""
def compute_cost(AL, Y):
    raise ValueError("\\ud800\\x00\\x1b[31m" * 3_000_000)
""",
    ),
    _other(
        "returns-an-endless-generator",
        what="Returns a generator that never ends, in a class derived from list.",
        where="linear_forward",
        code="""
class Endless(list):
    def __iter__(self):
        while True:
            yield self
    def __len__(self): return 10 ** 15
def linear_forward(A, W, b):
    return Endless([1]), Endless([2])
""",
    ),
    _other(
        "returns-strange-arrays",
        what="Returns arrays of objects, of 64 dimensions, of sizes that overflow and of no size.",
        where="linear_backward",
        code="""
def linear_backward(dZ, cache):
    holds_itself = np.empty(1, object)
    holds_itself[0] = holds_itself
    return holds_itself, np.zeros((1,) * 60), np.zeros((0, 2 ** 40))
""",
    ),
    _other(
        "returns-huge-integers",
        what="Returns an integer of ten million bits.",
        where="compute_cost",
        code="""
def compute_cost(AL, Y):
    return 1 << 10_000_000
""",
    ),
    _other(
        "changes-its-arguments-while-they-are-read",
        what="A thread goes on changing the result after it was returned.",
        where="update_parameters",
        code="""
def update_parameters(params, grads, learning_rate):
    import threading, time
    made = dict.fromkeys(map(str, range(1000)), 0.0)
    def change():
        end = time.monotonic() + 2
        while time.monotonic() < end:
            made.pop("5", None)
            made["5"] = 1.0
    threading.Thread(target=change, daemon=True).start()
    return made
""",
    ),
    _other(
        "is-a-class",
        what="Is a class whose instances never come into being.",
        where="L_model_backward",
        code="""
class L_model_backward(dict):
    def __new__(cls, *args): raise StopIteration
    def __init_subclass__(cls): raise GeneratorExit
    __name__ = __doc__ = __module__ = property(lambda self: 1 / 0)
""",
    ),
    _slow(
        "is-a-class-that-cannot-be-looked-at",
        what="Is a class that raises whenever anybody looks at it, or at its type.",
        where="L_model_backward",
        base="wrong",
        code="""
class Odd(type):
    def __call__(cls, *args): raise Odd.__mro__[1]("no")
    def __getattribute__(cls, name): raise RecursionError
class L_model_backward(metaclass=Odd):
    pass
""",
    ),
)
