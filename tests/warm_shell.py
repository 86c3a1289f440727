"""A warm process with a shell, for tests; run as a script, this file is that process."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

Outputs = list[dict[str, Any]]


class Warm:
    """A warm process with a shell."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "IPYTHONDIR": str(folder / "none")}
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=environment,
        )

    def __enter__(self) -> Warm:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()  # it ends with its input

    def run(self, *cells: str, **options: Any) -> list[Outputs]:
        """Run cells in a fork of it."""
        return self.ask(*cells, **options)[0]

    def ask(self, *cells: str, **options: Any) -> tuple[list[Outputs], Any]:
        """Run cells in a fork of it, and evaluate ``after`` there."""
        assert self.process.stdin and self.process.stdout
        print(json.dumps({"cells": cells, **options}), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer["outputs"], answer["after"]


def text_of(outputs: Outputs) -> str:
    """Everything a reader sees, without colours."""
    lines = [line for output in outputs for line in output.get("traceback", [])]
    lines += [output.get("text", "") for output in outputs]
    lines += [str(output.get("data", {}).get("text/plain", "")) for output in outputs]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines)).strip()


def enames(outputs: Outputs) -> list[str]:
    return [output["ename"] for output in outputs if output["output_type"] == "error"]


def answer(shell: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Do in a fork what a test asks for."""
    os.chdir(tempfile.mkdtemp(dir="."))
    space: dict[str, Any] = {"shell": shell}
    exec(asked.get("before", ""), space)
    shell.output_bytes = asked.get("output_bytes", shell.output_bytes)
    outputs = []
    for index, cell in enumerate(asked["cells"]):
        with contextlib.suppress(IndexError):
            shell.number = asked.get("numbers", [])[index]
        outputs.append(shell.run(cell, asked.get("seconds", 30)))
    return {"outputs": outputs, "after": eval(asked.get("after", "None"), space)}


def main() -> None:
    """Fork a child for every line, as the warm process does; it writes one line of JSON."""
    from autograder.sandbox.shell import Shell, rehearsed

    shell = Shell()
    for number, line in enumerate(sys.stdin):
        if number == 1:
            shell = rehearsed(shell)
        if pid := os.fork():
            os.waitpid(pid, 0)
            continue
        try:
            told = json.dumps(answer(shell, json.loads(line)), allow_nan=False)
        except BaseException:
            told = json.dumps({"failed": traceback.format_exc()})
        print(told, flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
