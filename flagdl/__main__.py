"""`python -m flagdl`: the engine in a terminal."""

import sys

from flagdl.cli import main

if __name__ == "__main__":
    sys.exit(main())
