"""`python -m flagdl`: the engine in a terminal."""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from flagdl.terminal.cli import main

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Lossy(io.FileIO):
    """A file that accepts all data, even if it can't be written."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _lossy(stream: TextIO | None) -> TextIO:
    """Return a replacement for a stream that is closed or may break."""
    number = stream.fileno() if stream else os.open(os.devnull, os.O_WRONLY)
    return io.TextIOWrapper(
        io.BufferedWriter(_Lossy(number, "w", closefd=False)),
        stream.encoding if stream else "utf-8",
        "backslashreplace",
        line_buffering=True,
    )


if __name__ == "__main__":
    # Only the bar and remarks go to stderr: the run goes on if they can't be written.
    sys.stderr = _lossy(sys.stderr)
    sys.stdout = sys.stdout or _lossy(None)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    status = main()
    if status > 128:  # a signal ended it
        # The report is printed. The interpreter would wait for threads that wait for a name.
        sys.stdout.flush()
        os._exit(status)
    sys.exit(status)
