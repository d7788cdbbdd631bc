"""A terminal's run in the dashboard's history: a thread writes it, so downloads never wait."""

import errno
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from types import TracebackType
from typing import Self

from flagdl.history.database import BUSY_TIMEOUT
from flagdl.history.history import History
from flagdl.history.locks import Terminal
from flagdl.history.writer import HistoryError
from flagdl.jobs.watched import last_events
from flagdl.model.events import Event, JobFinished, JobState
from flagdl.model.job import Job
from flagdl.model.spec import JobSpec
from flagdl.origin.process import OriginError
from flagdl.settings import Settings
from flagdl.system.threads import NoThread, start_thread

POLL_INTERVAL = 0.1  # seconds
WRITTEN_WITHIN = BUSY_TIMEOUT + 0.5  # seconds that a run waits for its record at the end
AFTER_CTRL_C = 0.8  # the same after Ctrl-C, which ends a terminal within two


class Recorder:
    """Records one run, and sets `cancel` when the dashboard asks for it; a context manager.

    Owns one thread. If the run can't be recorded, it goes on, and `problem` says why after the
    block.
    """

    def __init__(
        self,
        spec: JobSpec,
        settings: Settings,
        cancel: threading.Event,
        written_within: float = WRITTEN_WITHIN,
    ) -> None:
        self.problem = ""
        self._written_within = written_within
        self._spec = spec
        self._settings = settings
        self._cancel = cancel
        self._has_begun = False
        self._is_asked = False  # the dashboard has cancelled the run
        self._events: deque[Event] = deque()
        self._written = False
        self._over = threading.Event()
        self._end = (JobState.CANCELLED, "")  # for a run without a last event
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        try:
            self._thread = start_thread(self._run, "flagdl-recorder")
        except NoThread as exc:
            self.problem = str(exc)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A cancel may interrupt what comes before the run. Its end sets `cancel` in any case.
        is_cancelled = self._cancel.is_set() and not self._has_begun
        # If the reader of the report has gone, the run has not failed. EIO: a window was closed.
        is_unread = isinstance(exc, OSError) and exc.errno in (errno.EPIPE, errno.EIO)
        if exc and not (is_cancelled or is_unread):
            detail = str(exc) if isinstance(exc, OriginError | OSError) else repr(exc)
            self._end = (JobState.FAILED, detail)
        self._over.set()
        if self._thread:
            self._thread.join(self._written_within)
        if not self._written:
            self.problem = self.problem or "it takes too long to write"

    def recorded(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the events, and have them written to the history (the run's thread)."""
        for event in events:
            self._has_begun = True
            self._events.append(event)
            is_cancelled = isinstance(event, JobFinished) and event.state is JobState.CANCELLED
            if is_cancelled and not self._is_asked:
                self._written_within = min(self._written_within, AFTER_CTRL_C)
            yield event

    def _run(self) -> None:
        path = self._settings.history
        try:
            terminal = Terminal.new(path)
            # The lock is taken first and released last: a run without it counts as dead.
            with terminal.held(), closing(History(path, owned=False)) as history:
                job = Job(history.create(self._spec, self._settings.max_jobs, terminal.name))
                self._write(job, history, terminal)
                history.flush()
                self._written = True
        except (HistoryError, NoThread) as exc:
            self.problem = str(exc)
        except Exception as exc:  # noqa: BLE001 - a bug in here must not end the run
            self.problem = repr(exc)

    def _write(self, job: Job, history: History, terminal: Terminal) -> None:
        while not self._over.wait(POLL_INTERVAL):
            self._append_new(job, history)
            if terminal.is_asked_to_cancel():
                self._is_asked = True
                self._cancel.set()
        self._append_new(job, history)
        for event in last_events(job, *self._end):
            history.append(job.id, event)

    def _append_new(self, job: Job, history: History) -> None:
        while self._events:
            event = self._events.popleft()
            job.apply(event)
            history.append(job.id, event)
