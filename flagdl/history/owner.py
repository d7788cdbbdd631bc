"""One dashboard owns a history: it locks the file itself, so the lock holds under every name.

SQLite's own locks last for a transaction, and are dropped when the process closes any descriptor
of the file. This lock is of another kind, which SQLite doesn't use. The kernel releases it
when the process ends, even if it was killed.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from flagdl.history.database import real_path
from flagdl.history.writer import HistoryError


class Owner:
    """Holds the lock of a history's file, until `release()`; raises HistoryError.

    Acquire it before SQLite opens the file, and release it after SQLite has closed it.
    """

    def __init__(self, history: Path) -> None:
        try:
            history.parent.mkdir(parents=True, exist_ok=True)
            self._release = _lock(history)
        except (BlockingIOError, Timeout):
            raise HistoryError(
                f"{history} is in use by another flagdl: stop that one, or give this one a history"
                " of its own with FLAGDL_HISTORY"
            ) from None
        except OSError as exc:
            raise HistoryError(f"{history} can't be used: {exc.strerror or exc}") from exc

    def release(self) -> None:
        """Let another dashboard own the file; may be called twice."""
        self._release()


if sys.platform == "win32":
    # A lock on the file itself would keep SQLite from reading it. A lock file next to it is enough:
    # Windows does not delete open files.
    def _lock(history: Path) -> Callable[[], None]:
        # The process owns it, not the thread: another thread may close the history.
        lock = FileLock(f"{real_path(history)}.lock", blocking=False, thread_local=False)
        lock.acquire()
        return lock.release

else:
    import fcntl

    def _lock(history: Path) -> Callable[[], None]:
        while True:
            file = os.fdopen(
                os.open(history, os.O_RDWR | os.O_CREAT, 0o644), buffering=0, mode="rb"
            )
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # It may have been deleted since it was opened.
                if os.path.samestat(os.fstat(file.fileno()), history.stat()):
                    return file.close
            except FileNotFoundError:
                pass
            except OSError:
                file.close()
                raise
            file.close()
