"""The outputs of one cell, put together as nbclient puts them into a notebook, and bounded.

Nothing that is cut off is kept, so that a cell may print without end.
"""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from time import monotonic
from typing import Any

from autograder.sandbox.plain import ITEM, NotPlain, beginning, ends, lines_of, plain_json

Output = dict[str, Any]

STREAMS = ("stdout", "stderr")
PLAIN_TEXT = "text/plain"
FLUSH_SECONDS = 0.2  # how long ipykernel lets written text wait
OVERHEAD = 200  # what an output costs beside its text, so that many empty ones end too
IMAGES_TO_TEXT = 10  # images may take so many times the room of text
METADATA_BYTES = 100_000
ERRORS_KEPT = 10


@dataclass
class _Entry:
    """One output on its way, and what it takes from the budgets."""

    output: Output
    written: io.StringIO | None = None
    display_id: str | None = None
    text: int = 0
    images: int = 0


class Outputs:
    """Collects what one cell writes, shows and raises.

    Parameters
    ----------
    output_bytes : int
        Room for text. What comes later is dropped, and a last line says so. Images have
        ten times the room, and errors some of their own, so that none is ever lost.
    """

    def __init__(self, output_bytes: int = 2_000_000) -> None:
        self.output_bytes = output_bytes
        self.begin()

    def begin(self) -> None:
        """Forget the cell before."""
        self._waiting: dict[str, tuple[float, io.StringIO]] = {}  # the longest waiting first
        self._clear_first = False
        self._start_again()

    def _start_again(self) -> None:
        self._entries: list[_Entry] = []
        self._errors, self._errors_left = 0, self.output_bytes
        self._last_error: Output | None = None
        self._text_left = self.output_bytes
        self._images_left = self.output_bytes * IMAGES_TO_TEXT
        self._cut = False

    # --- streams ------------------------------------------------------------------

    def write(self, name: str, text: str) -> None:
        """Take what is written to stdout or stderr; it waits until it is flushed.

        The two wait apart, as in ipykernel: what a quick cell prints comes before its
        warnings, in whatever order they were made.
        """
        if self._cut or not text:
            return
        now = monotonic()
        for late, (since, _) in list(self._waiting.items()):
            if now - since > FLUSH_SECONDS:
                self.flush(late)
        kept, size, whole = beginning(text, self._text_left)
        self._text_left -= size
        self._cut = not whole
        self._waiting.setdefault(name, (now, io.StringIO()))[1].write(kept)

    def flush(self, *names: str) -> None:
        """Move written text to the outputs."""
        for name in names or STREAMS:
            if name in self._waiting:
                self._stream(name, self._waiting.pop(name)[1].getvalue())

    def _stream(self, name: str, text: str) -> None:
        self._clear_if_asked()
        last = self._entries[-1] if self._entries else None
        if last is None or last.written is None or last.output["name"] != name:
            last = _Entry({"output_type": "stream", "name": name}, io.StringIO())
            self._text_left -= OVERHEAD
            self._entries.append(last)
        assert last.written is not None
        last.written.write(text)

    # --- displays, results, errors --------------------------------------------------

    def display(
        self, data: Any, metadata: Any, display_id: str | None = None, *, update: bool = False
    ) -> None:
        """Take a ``display_data``, or renew what was shown with the same `display_id`."""
        if display_id is not None:
            for entry in self._entries:
                if entry.display_id == display_id:
                    self._text_left += entry.text
                    self._images_left += entry.images
                    self._fill(entry, data, metadata)
        if not update:
            self._clear_if_asked()
            entry = _Entry({"output_type": "display_data"}, display_id=display_id)
            if self._fill(entry, data, metadata):
                self._entries.append(entry)

    def result(self, number: int, data: Any, metadata: Any) -> None:
        """Take an ``execute_result``."""
        self._clear_if_asked()
        entry = _Entry({"output_type": "execute_result", "execution_count": number})
        if self._fill(entry, data, metadata):
            self._entries.append(entry)

    def error(self, ename: Any, evalue: Any, traceback: Any) -> None:
        """Take an ``error``; after the first few, only the newest is kept."""
        self._clear_if_asked()
        room = max(1000, self._errors_left // 4)
        self._errors_left -= 2 * room
        output = {
            "output_type": "error",
            "ename": beginning(ename, OVERHEAD)[0],
            "evalue": beginning(evalue, room)[0],
            "traceback": ends(lines_of(traceback), room),
        }
        if self._errors < ERRORS_KEPT:
            self._entries.append(_Entry(output))
        else:
            self._last_error = output
        self._errors += 1

    def tell_failure(self) -> bool:
        """Say whether there is an error among them, or something on stderr."""
        streams = [entry.output.get("name") for entry in self._entries]
        return bool(self._errors) or "stderr" in (*streams, *self._waiting)

    def clear(self, *, wait: bool) -> None:
        """Take back what was shown, at once or when the next output comes."""
        if wait:
            self._clear_first = True
        else:
            self._start_again()

    def _clear_if_asked(self) -> None:
        if self._clear_first:
            self._clear_first = False
            self._start_again()

    def end(self) -> list[Output]:
        """Give the cell's outputs in nbformat's form."""
        self.flush()
        if self._cut:
            self._stream("stdout", f"\n[Output cut: more than {self.output_bytes / 1e6:g} MB.]\n")
        for entry in self._entries:
            if entry.written is not None:
                entry.output["text"] = entry.written.getvalue()
        outputs = [entry.output for entry in self._entries]
        if self._last_error is not None:
            outputs.append(self._last_error)
        self.begin()
        return outputs

    # --- budgets --------------------------------------------------------------------

    def _fill(self, entry: _Entry, data: Any, metadata: Any) -> bool:
        """Give an output its data, as far as there is room; say whether it is to be shown."""
        entry.text = entry.images = 0
        kept: dict[str, Any] = {}
        too_large = [self._keep(entry, kept, mime, value) for mime, value in dict.items(data)]
        if any(too_large) and self._text_left > OVERHEAD:
            megabytes = self.output_bytes * IMAGES_TO_TEXT / 1e6
            kept[PLAIN_TEXT] = f"[Image left out: more than {megabytes:g} MB of images.]"
            self._charge(entry, OVERHEAD)
        entry.output["data"] = kept
        entry.output["metadata"] = {}
        with contextlib.suppress(NotPlain):
            entry.output["metadata"] = plain_json(metadata or {}, [METADATA_BYTES])
        return bool(kept) or not too_large

    def _keep(self, entry: _Entry, kept: dict[str, Any], mime: Any, value: Any) -> bool:
        """Keep one form of what is shown; say whether it was an image without room."""
        if not issubclass(type(mime), str):
            return False
        mime = beginning(mime, OVERHEAD)[0]
        image = mime.startswith("image/") or mime == "application/pdf"
        room = (self._images_left if image else self._text_left) - OVERHEAD
        if mime == PLAIN_TEXT and issubclass(type(value), str) and room > 0:
            value, _, whole = beginning(value, room - ITEM)
            self._cut |= not whole
        left = [room]
        with contextlib.suppress(NotPlain):
            plain = plain_json(value, left)
            if type(plain) is str or mime.endswith(("/json", "+json")):
                kept[mime] = plain
                self._charge(entry, room - left[0] + OVERHEAD, image=image)
        self._cut |= left[0] < 0 and not image
        return left[0] < 0 and image

    def _charge(self, entry: _Entry, size: int, *, image: bool = False) -> None:
        if image:
            self._images_left -= size
            entry.images += size
        else:
            self._text_left -= size
            entry.text += size
