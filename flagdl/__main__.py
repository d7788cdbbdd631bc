"""`python -m flagdl`: the engine in a terminal."""

import os
import sys

from flagdl.cli import KILLED_BY, main

if __name__ == "__main__":
    status = main()
    if status > KILLED_BY:
        # Whoever pressed Ctrl-C has the report. The interpreter would go on waiting for threads
        # that wait for a connection.
        sys.stdout.flush()
        os._exit(status)
    sys.exit(status)
