"""`python -m flagdl`: the engine in a terminal."""

import gc
import io
import os
import sys

from flagdl.system.signals import end_without_traceback
from flagdl.system.streams import abandon, lossy, open_closed

if __name__ == "__main__":
    end_without_traceback()
    open_closed()
    # Only the progress bar and warnings go to stderr: the run goes on if they can't be written.
    sys.stderr = lossy(sys.stderr)
    sys.stdout = sys.stdout or lossy(None)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    # Imported late: Ctrl-C may come meanwhile. Collecting would free nothing: modules stay.
    gc.disable()
    from flagdl.terminal.cli import main

    gc.freeze()
    gc.enable()
    try:
        status = main()
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            abandon(sys.stdout)
    if status > 128:  # a signal ended it
        # The report is printed. A normal exit would wait for threads that look up a host name.
        os._exit(status)
    sys.exit(status)
