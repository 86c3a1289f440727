"""What honest code relies on."""

from __future__ import annotations

import asyncio
import ctypes
import importlib
import io
import locale
import os
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import zoneinfo
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import matplotlib
import numpy as np
from tries import NEEDED, among, libc

matplotlib.use("agg")
import matplotlib.pyplot as plt


@among(NEEDED)
def multiply() -> object:
    return float((np.ones((300, 300)) @ np.ones((300, 300)))[0, 0])


@among(NEEDED)
def invert() -> object:
    return float(np.linalg.inv(np.eye(200) * 2)[0, 0])


@among(NEEDED)
def draw() -> object:
    memory = io.BytesIO()
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3], label="$x^2$")
    axes.legend()
    figure.savefig(memory, format="png")
    figure.savefig("figure.png")
    figure.savefig("figure.pdf")
    return Path("figure.png").read_bytes()[:4] == memory.getvalue()[:4] == b"\x89PNG"


@among(NEEDED)
def keep_data() -> object:
    with h5py.File("data.h5", "w") as file:
        file["x"] = np.arange(1000)
    with h5py.File("data.h5") as file:
        total = int(file["x"][()].sum())
    np.savez("data.npz", x=np.arange(10))
    mapped = np.memmap("data.bin", dtype=float, mode="w+", shape=(10,))
    mapped.flush()
    return [total, int(np.load("data.npz")["x"].sum())]


@among(NEEDED)
def use_a_database() -> object:
    connection = sqlite3.connect("data.db")
    with connection:
        connection.execute("create table t (x)")
        connection.execute("insert into t values (1)")
    found = connection.execute("select x from t").fetchall()
    connection.close()
    return found


@among(NEEDED)
def run_coroutines() -> object:
    async def both() -> object:
        return await asyncio.gather(asyncio.sleep(0.01, 1), asyncio.to_thread(lambda: 2))

    return asyncio.run(both())


@among(NEEDED)
def run_threads() -> object:
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(abs, range(4)))


@among(NEEDED)
def wait_and_be_woken() -> object:
    rung = []
    signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.05)
    return rung


@among(NEEDED)
def make_temporary_files() -> object:
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
        return [Path(p).is_relative_to(Path.cwd()) for p in (folder, file.name)]


@among(NEEDED)
def copy_files() -> object:
    Path("a/b").mkdir(parents=True)
    Path("a/b/c.txt").write_text("c")
    shutil.copyfile("a/b/c.txt", "d.txt")
    Path("d.txt").rename("e.txt")
    shutil.rmtree("a")
    return sorted(p.name for p in Path.cwd().iterdir())


@among(NEEDED)
def know_time_and_place() -> object:
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    zone = zoneinfo.ZoneInfo("Europe/Berlin")
    return [str(zone), time.strftime("%Z") != ""]


@among(NEEDED)
def import_more() -> object:
    names = ("colorsys", "xml.dom.minidom", "wave", "jinja2", "soupsieve")
    importlib.invalidate_caches()
    return [importlib.import_module(name).__name__ for name in names]


@among(NEEDED)
def be_called_from_c() -> object:
    pair = (ctypes.c_int * 2)(2, 1)
    kind = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.POINTER(ctypes.c_int)] * 2)
    libc.qsort(pair, 2, 4, kind(lambda a, b: a[0] - b[0]))
    return list(pair)


@among(NEEDED)
def use_devices() -> object:
    Path("/dev/null").write_text("x")
    print("nobody reads this", file=sys.__stdout__, flush=True)
    read = [len(secrets.token_bytes(8))]
    for name in ("/dev/urandom", "/dev/zero"):
        with Path(name).open("rb") as file:
            read.append(len(file.read(8)))
    return read


@among(NEEDED)
def tell_about_itself() -> object:
    opened = [n for n in range(500) if not isinstance(_descriptor(n), OSError)]
    home = [os.environ["HOME"], os.environ["TMPDIR"], str(Path.cwd())]
    return {
        "uid": os.getuid(),
        "open": opened,
        "home": home,
        "root": sorted(p.name for p in Path.cwd().iterdir()),
    }


def _descriptor(number: int) -> object:
    try:
        return os.fstat(number)
    except OSError as error:
        return error
