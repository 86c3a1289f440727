"""Cells of every kind, for `test_shell`: one session, in this order; --- ends a cell."""

CELLS: dict[str, str] = {}

CELLS["values"] = """
1 + 1
---
'text'
---
None
---
x = 3
---
x;
---
# only a comment
---
x, _, __, Out[1], In[1]
---
[1, 'ä', '日本語 🎉'], {1: 'a', 'b': {2, 3}}, range(3), b'bytes', 1.5e300, float('nan')
---
for i in range(2):
    i
---
1; 2
---
a = b = 4; a
---
[i for i in range(1100)]
---
'x' * 300
---
object(), lambda: 0, type('A', (), {})(), open, type(open)
---
__name__, '__file__' in globals(), __doc__, sorted(k for k in globals() if k[:2] == '__')
---
import sys, builtins, pickle
class P: pass
sys.modules['__main__'].x, pickle.loads(pickle.dumps(P())).__class__ is P
---
del x
x
---
builtins.own = 5
own
---
list = 3
list
---
del list
---
print = 5
print
---
del print
---
%precision 3
---
3.14159265
---
%precision
---
get_ipython().run_cell('1 + 1').result, get_ipython().execution_count
"""

CELLS["streams"] = r"""
print('ä 日本語 🎉', end='')
---
print(1)
print(2, file=sys.stderr)
print(3)
---
print(1, flush=True)
print(2, file=sys.stderr, flush=True)
print(3)
---
sys.stdout.write('no newline')
---
sys.stdout.isatty(), sys.stdout.name, sys.stdout.encoding, sys.stdout.writable(), sys.stdin.read()
---
print('a\rb\x1b[31mred\x1b[0m\b')
for i in range(3):
    print(f'\r{i * 50}%', end='', file=sys.stderr, flush=True)
---
print(end='')
---
import warnings
warnings.warn('look out')
print('after')
---
import logging
logging.warning('logged')
logging.getLogger('a').error('error')
print('later')
---
import time
print('a'); sys.stderr.write('e\n'); time.sleep(0.5); print('b'); sys.stderr.write('f\n'); 9
---
import threading
thread = threading.Thread(target=lambda: print('from a thread')); thread.start(); thread.join()
---
import io
kept, sys.stdout = sys.stdout, io.StringIO()
print('nowhere')
---
print('still nowhere')
display('shown')
3
---
inside, sys.stdout = sys.stdout.getvalue(), kept
inside
---
import contextlib
with contextlib.redirect_stdout(io.StringIO()) as s:
    print('caught')
    display('shown')
s.getvalue()
---
help(len)
---
from rich import print as rprint
rprint('[bold red]rich[/] {}', {'a': 1})
---
from rich.console import Console
Console().print('[green]text')
"""

CELLS["numpy"] = """
import numpy as np
np.log(np.array([0., 1.]))
---
np.eye(3), np.float64(2), np.int64(3)
---
np.set_printoptions(precision=3)
---
np.arange(3) / 3
---
old = np.seterr(all='raise')
---
np.array([1.]) / 0
---
np.seterr(**old)
"""

CELLS["errors"] = r"""
1 / 0
---
def f(a):
    return g(a)
def g(a):
    b = a + 1
    raise ValueError('in g')
---
f(3)
---
try:
    f(3)
except ValueError as e:
    raise KeyError('second') from e
---
try:
    f(3)
except ValueError:
    undefined_name
---
class Own(Exception):
    def _render_traceback_(self):
        return ['one', 'two']
raise Own('x')
---
class Unrendered(Exception):
    def _render_traceback_(self):
        raise TypeError('no')
raise Unrendered('x')
---
raise SystemExit
---
sys.exit(3)
---
raise KeyboardInterrupt
---
raise GeneratorExit
---
raise StopIteration(3)
---
class B(BaseException): pass
raise B('base')
---
def f(:
---
if True:
print(1)
---
return 3
---
  x = 1
  x
---
import nomodule
---
assert 1 == 2, 'text'
---
raise ValueError('line\n' * 3)
---
raise type('Näme', (Exception,), {})('ü')
---
raise ExceptionGroup('many', [ValueError(1), KeyError(2)])
---
class BadRepr:
    def __repr__(self):
        raise ValueError('bad repr')
BadRepr()
---
print('before'); BadRepr(); 4
---
try:
    1 / 0
except ZeroDivisionError:
    get_ipython().showtraceback()
print('goes on')
---
import traceback
try:
    1 / 0
except ZeroDivisionError:
    traceback.print_exc()
---
exec('print(1)\n1/0')
---
eval('1+')
---
def numbers():
    yield 1
    raise ValueError('in a generator')
list(numbers())
---
%xmode Plain
---
f(3)
---
%xmode Context
---
%tb
"""

CELLS["displays"] = r"""
from IPython.display import *
display(HTML('<b>b</b>'))
Markdown('*m*')
---
display(Latex('$x$'), Math('x'), Javascript('1'), JSON({'a': [1, 2.5, None, True]}))
SVG('<svg xmlns="http://www.w3.org/2000/svg"></svg>')
---
Image(data=b'\x89PNG\r\n\x1a\n', format='png', width=30)
---
display(1, 2, 'three')
---
raw = {'text/plain': 'raw', 'text/html': '<i>'}
display(raw, raw=True, metadata={'text/html': {'isolated': True}})
---
class M:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {'text/plain': 'm', 'application/x-own+json': {'k': (1, 2)}}, {'own': 1}
M()
---
class H:
    def _repr_html_(self):
        return '<h>'
    def _repr_png_(self):
        return b'1234'
    def _ipython_display_(self):
        print('own way')
H()
---
class BadHtml:
    def _repr_html_(self):
        return 5
    def _repr_latex_(self):
        raise OSError('x')
    def __repr__(self):
        return 'fine'
BadHtml()
---
h = display('first', display_id='one')
print('between')
h.update('second')
update_display('third', display_id='one')
---
display('a', display_id='two')
display('b', display_id='two')
---
h = display(display_id=True)
type(h)
---
print('gone')
clear_output()
print('stays')
---
for i in range(3):
    clear_output(wait=True)
    print(i)
---
print('kept')
clear_output(wait=True)
---
print('a'); clear_output(wait=True); display('b'); print('c', file=sys.stderr)
clear_output(wait=True); 1 / 0
---
sys.displayhook = lambda value: print('mine', value)
5
---
6
---
import ipywidgets
bar = ipywidgets.IntProgress(value=3)
bar
---
display(bar); bar.value = 5; bar.close()
"""

CELLS["plots"] = r"""
import matplotlib.pyplot as plt
plt.plot([1, 2, 3])
---
print('a'); plt.plot([1, 2]); plt.show(); print('b')
---
fig, ax = plt.subplots(); ax.plot([3, 1]); ax.set_title('$x^2$'); fig
---
fig
---
plt.figure(); plt.close()
---
plt.figure(figsize=(2, 2), facecolor='none'); plt.plot([1]);
---
plt.figure(); plt.plot([1, 2]); display(plt.gcf()); plt.close()
---
%matplotlib inline
plt.rcParams['figure.figsize'] = (3, 2)
plt.semilogy([1, 10, 100])
plt.show()
---
fig, axes = plt.subplots(1, 2, dpi=50)
fig.colorbar(axes[0].imshow(np.eye(3)))
axes[1].hist([1, 1, 2])
1 / 0
---
plt.figure(3); plt.plot([1]); plt.figure(5); plt.plot([2]);
---
plt.get_backend(), plt.isinteractive(), plt.get_fignums()
---
fig, ax = plt.subplots(); ax.set_title(r'$\nothing$');
---
plt.close(); plt.ioff(); plt.plot([1]);
---
plt.show(); plt.ion();
---
%config InlineBackend.figure_formats = ['jpeg']
plt.plot([1]).clear()
---
%matplotlib agg
plt.plot([1])
---
%matplotlib inline
%config InlineBackend.figure_formats = ['png']
plt.plot([4, 2]); plt.gcf().set_dpi(40)
"""

CELLS["magics"] = r"""
%time sum(range(10))
---
%%time
y = 2
y
---
r = %timeit -o -q -n1 -r1 1
type(r)
---
%%capture out
print('hidden'); display(1); plt.plot([1]); 2
---
out.stdout, out.outputs[0]
---
out.show()
---
%load_ext autoreload
%autoreload 2
---
%nosuchmagic
---
%%nosuchcell
1
---
%whos int
---
%%html
<b>
---
%%writefile written.py
z = 4
print('ran', __name__)
---
%run written.py
---
z
---
import os; %pwd
os.getcwd() == _, _dh[0] == os.getcwd()
---
%env HOME=/x
---
%history -n 1-3
---
len?
---
f??
---
get_ipython().__class__.__name__, 'IPKernelApp' in get_ipython().config
---
get_ipython().input_transformers_post.append(lambda ls: [l.replace('seven', '7') for l in ls])
---
seven
---
import ast
class Plus(ast.NodeTransformer):
    def visit_Constant(self, node):
        return ast.Constant(node.value + 1) if isinstance(node.value, int) else node
get_ipython().ast_transformers.append(Plus())
---
5
---
get_ipython().ast_transformers.clear()
---
breakpoint()
"""

CELLS["async"] = """
import asyncio
await asyncio.sleep(0.01)
'awaited'
---
async def co():
    print('in co')
    return 7
await co()
---
async def bad():
    raise ValueError('async')
await bad()
---
coroutine = co()
asyncio.run(coroutine)
---
await coroutine
---
async with asyncio.timeout(1):
    np.set_printoptions(precision=5)
---
np.arange(3) / 3
---
asyncio.get_running_loop().is_running(), await asyncio.to_thread(lambda: 3)
"""
