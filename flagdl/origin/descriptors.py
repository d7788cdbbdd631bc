"""How many files and sockets this process may have open."""

import contextlib


def allow_many() -> None:
    """Raise the limit to what the system lets us have.

    The usual 1,024 is too few for a thousand connections and those who watch them.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
