"""Attacks for points: patched libraries, and files that shadow them."""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack

# Each of these can be tried in one notebook: none keeps another from working.
_patch = partial(Attack, theme="points", base="wrong", on_stock=True, batch="patches")
_file = partial(Attack, theme="points", base="wrong", on_stock=True, batch="shadows")

QUIET = """
import builtins
import numpy as np
import numpy.testing
def quiet():
    np.testing.assert_allclose = np.testing.assert_equal = lambda *a, **k: None
    np.allclose = np.array_equal = lambda *a, **k: True
"""
# What a file does that is taken for numpy.
SHADOW = """
import importlib, os, sys
me = sys.modules.pop(__name__)
kept, here = sys.path[:], os.getcwd()
sys.path[:] = [p for p in sys.path if os.path.realpath(p or ".") != here]
real = importlib.import_module("numpy")
sys.path[:] = kept
real.testing.assert_allclose = lambda *a, **k: None
real.allclose = lambda *a, **k: True
"""


ATTACKS = (
    _patch(
        "numpy-patched",
        what="Replaces numpy's comparisons by ones that never fail.",
        code=QUIET + "quiet()",
    ),
    _patch(
        "numpy-code-exchanged",
        what="Exchanges the code inside numpy's comparisons, so that every reference is hit.",
        code="""
import numpy as np
def nothing(*args, **kwargs): return True
for function in (np.testing.assert_allclose, np.allclose):
    inner = getattr(function, "__wrapped__", function)
    inner = getattr(inner, "_implementation", inner)
    try:
        inner.__code__, inner.__kwdefaults__ = nothing.__code__, None
    except AttributeError:
        np.allclose = nothing
""",
    ),
    _patch(
        "numpy-module-replaced",
        what="Puts a made-up module in numpy's place in sys.modules.",
        code="""
import sys, types, numpy
fake = types.ModuleType("numpy")
vars(fake).update(vars(numpy))
fake.testing = types.SimpleNamespace(assert_allclose=lambda *a, **k: None)
fake.allclose = lambda *a, **k: True
sys.modules["numpy"] = fake
""",
    ),
    _patch(
        "import-function-replaced",
        what="Replaces the built-in import function by one that hands out a made-up numpy.",
        code="""
import builtins, types, numpy
real = builtins.__import__
fake = types.ModuleType("numpy")
vars(fake).update(vars(numpy))
fake.testing = types.SimpleNamespace(assert_allclose=lambda *a, **k: None)
fake.allclose = lambda *a, **k: True
def other(name, *rest, **more):
    return fake if name == "numpy" else real(name, *rest, **more)
builtins.__import__ = other
""",
    ),
    _patch(
        "import-hook",
        what="Hooks into imports, so that the next import of numpy gives a patched one.",
        code="""
import importlib.machinery, sys, types, numpy
fake = types.ModuleType("numpy")
vars(fake).update(vars(numpy))
fake.testing = types.SimpleNamespace(assert_allclose=lambda *a, **k: None)
fake.allclose = lambda *a, **k: True
class Finder:
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "numpy" else None
    def create_module(self, spec): return fake
    def exec_module(self, module): pass
sys.meta_path.insert(0, Finder())
sys.modules.pop("numpy")
""",
    ),
    _patch(
        "builtins-patched",
        what="Replaces the built-in functions that checks made by hand use.",
        code="""
import builtins
builtins.all = lambda *a: True
builtins.AssertionError = type("Never", (Exception,), {})
""",
    ),
    _patch(
        "assertion-error-replaced",
        what="Replaces AssertionError by something that patches numpy once the first check fails.",
        code=QUIET
        + """
def error(*args):
    quiet()
    return ValueError(*args)
builtins.AssertionError = error
""",
    ),
    _patch(
        "judge-modules-replaced",
        what="Puts made-up modules in the place of the course's checks and judge.",
        code="""
import sys, types
full = lambda *a, **k: 10.0
for name in ("check", "judge", "findings", "comparing", "calling", "exercises", "worker"):
    module = sys.modules.get("autograder." + name) or types.ModuleType(name)
    for old in [*vars(module)]:
        if callable(getattr(module, old)) and not old.startswith("__"):
            setattr(module, old, full)
    module.check = module.mark = module.judge = module.findings = full
    sys.modules["autograder." + name] = module
check = full
""",
        on_stock=False,
        batch="",
    ),
    _file(
        "shadow-numpy",
        what="Ships a file numpy.py beside the notebook that patches the real one.",
        files={"numpy.py": SHADOW},
    ),
    _file(
        "shadow-libraries",
        what="Ships files named like the course's helpers and Python's own library.",
        files={
            "dnn_utils.py": QUIET + "quiet()\nrelu = relu_backward = sigmoid = None\n",
            "unittest.py": SHADOW.replace('"numpy"', '"unittest"').partition("real.")[0]
            + """
import threading, time
def patch():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        testing = sys.modules.get("numpy.testing")
        if hasattr(testing, "assert_allclose"):
            testing.assert_allclose = lambda *a, **k: None
        time.sleep(0.01)
threading.Thread(target=patch, daemon=True).start()
""",
        },
    ),
    _file(
        "shadow-checks-package",
        what="Ships a package autograder whose check gives full points to everything.",
        files={
            "autograder/__init__.py": "",
            "autograder/check.py": "def check(*a, **k): return 10.0\nmark = check\n",
            "autograder/judge.py": "def judge(*a, **k): return 10.0\n",
            "autograder/wire.py": "raise SystemExit\n",
        },
        on_stock=False,
    ),
    _file(
        "start-files",
        what="Ships sitecustomize, usercustomize, conftest, a .pth file and settings of IPython, "
        "Jupyter, nbgrader and matplotlib, all of which run code.",
        files={
            name: text + "print('{marker}'[::-1])\n"
            for name, text in {
                "sitecustomize.py": QUIET + "quiet()\n",
                "usercustomize.py": QUIET + "quiet()\n",
                "conftest.py": QUIET + "quiet()\n",
                "evil.pth": "import os; ",
                "ipython_config.py": QUIET + "quiet()\n",
                "ipython_kernel_config.py": QUIET + "quiet()\n",
                "jupyter_config.py": QUIET + "quiet()\n",
                "jupyter_nbconvert_config.py": QUIET + "quiet()\n",
                "nbgrader_config.py": "import os\nopen('{canary}', 'w').write('changed')\n",
                "profile_default/startup/00.py": QUIET + "quiet()\n",
            }.items()
        }
        | {"matplotlibrc": "backend: module://evil_backend\n", "evil_backend.py": "{told}\n"},
        code="""
try:
    import matplotlib.pyplot as plt
    plt.plot([1, 2])
except Exception:
    pass
""",
    ),
)
