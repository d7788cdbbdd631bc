"""Standard streams that are closed, full or broken, and must not end a program."""

import io
import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STDERR = 2  # the descriptor of stderr, the last of the three


class _Lossy(io.FileIO):
    """A file that accepts all data, even if it can't be written."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            # write() returns None if the stream is full and non-blocking.
            return super().write(data) or memoryview(data).nbytes
        except OSError:
            return memoryview(data).nbytes


def lossy(stream: TextIO | None) -> TextIO:
    """Return a replacement for a stream that is closed or may break."""
    number = stream.fileno() if stream else os.open(os.devnull, os.O_WRONLY)
    return io.TextIOWrapper(
        io.BufferedWriter(_Lossy(number, "w", closefd=False)),
        stream.encoding if stream else "utf-8",
        "backslashreplace",
        line_buffering=True,
    )


def abandon(stream: TextIO) -> None:
    """Drop what a stream could not write: the interpreter would try once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def open_closed() -> None:
    """Open the null device for closed streams: else a socket or a file gets their descriptors."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        pass
    os.close(number)
