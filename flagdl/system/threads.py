"""Starting a thread, and the error if the system gives none."""

import errno
import threading
from collections.abc import Callable


class NoThread(OSError):
    """The system has no thread left, or no process: it counts them together."""

    def __init__(self) -> None:
        advice = "end other programs, or raise the limit (ulimit -u)"
        super().__init__(errno.EAGAIN, f"the system has no thread or process left: {advice}")

    def __str__(self) -> str:
        return str(self.strerror)


def start_thread(target: Callable[[], object], name: str) -> threading.Thread:
    """Start a thread that doesn't keep the process from ending; raises NoThread."""
    thread = threading.Thread(target=target, name=name, daemon=True)
    try:
        thread.start()
    except RuntimeError as exc:  # Python raises it for nothing else here
        raise NoThread from exc
    return thread
