"""`python -m flagdl`: the engine in a terminal."""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from flagdl.terminal.cli import KILLED_BY, main

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Lossy(io.FileIO):
    """A file that takes whatever it is given, also where that can't be written."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _lossy(stream: TextIO | None) -> TextIO:
    """Return what stands in for a stream that is closed, or that may get lost."""
    number = stream.fileno() if stream else os.open(os.devnull, os.O_WRONLY)
    return io.TextIOWrapper(
        io.BufferedWriter(_Lossy(number, "w", closefd=False)),
        stream.encoding if stream else "utf-8",
        "backslashreplace",
        line_buffering=True,
    )


if __name__ == "__main__":
    # No more than a bar and remarks go there: whatever becomes of them, the run goes on.
    sys.stderr = _lossy(sys.stderr)
    sys.stdout = sys.stdout or _lossy(None)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    status = main()
    if status > KILLED_BY:
        # Whoever pressed Ctrl-C has the report. The interpreter would go on waiting for threads
        # that wait for a connection.
        sys.stdout.flush()
        os._exit(status)
    sys.exit(status)
