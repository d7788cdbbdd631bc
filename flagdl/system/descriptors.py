"""How many files and sockets this process may open."""

import contextlib
import ctypes


def raise_open_file_limit() -> None:
    """Raise the limit as far as the system allows.

    The usual 1,024 is too few for a thousand connections and their watchers.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # glibc loads this to end a thread when Python exits; without a descriptor, it would abort then.
    with contextlib.suppress(OSError):
        ctypes.CDLL("libgcc_s.so.1")
