"""What a run sets in its process: limits, output, exit status."""

import logging
import sys
import threading
from collections import Counter
from collections.abc import Iterable

from tqdm import tqdm

from flagdl.model.events import DownloadStatus, FlagResult, JobFinished, JobState
from flagdl.model.job import Job
from flagdl.origin.process import OriginError
from flagdl.system.descriptors import raise_open_file_limit
from flagdl.system.streams import abandon

OK, SOME_FAILED = 0, 1
KILLED_BY = 128  # plus the signal's number, as in shells


def prepare() -> None:
    """Let the process open many sockets, and keep the history's problems out of the log."""
    raise_open_file_limit()
    tqdm.set_lock(threading.RLock())  # its default lock is for several processes, and starts one
    tqdm.monitor_interval = 0  # no thread that watches for idle bars: downloads need the threads
    logging.getLogger("flagdl.history.writer").setLevel(logging.CRITICAL)


def failure(error: OriginError | OSError) -> int:
    """Say why there is no server, or no report; returns the exit status."""
    if isinstance(error, OriginError):
        print(f"*** {error}", file=sys.stderr)
    else:
        abandon(sys.stdout)
        # A reader such as `| head` may have read enough.
        if not isinstance(error, BrokenPipeError):
            print(f"*** The report can't be written: {error.strerror or error}", file=sys.stderr)
    return SOME_FAILED


def print_problems(results: Iterable[FlagResult], *ended: JobFinished | Job) -> None:
    """Print why flags failed and what is wrong with the runs on stderr, each message once."""
    causes = Counter(each.detail for each in results if each.status is DownloadStatus.ERROR)
    for cause, number in causes.most_common():
        print(f"*** Error for {number} flag{'s'[: number > 1]}: {cause}", file=sys.stderr)
    for state, detail in dict.fromkeys((each.state, each.detail) for each in ended if each.detail):
        failed = "The job failed: " if state is JobState.FAILED else ""
        print(f"*** {failed}{detail}", file=sys.stderr)


def exit_status(ended: JobFinished | Job) -> int:
    """Return the status of a run that has ended."""
    unfinished = ended.state is not JobState.FINISHED
    return SOME_FAILED if unfinished or ended.counts[DownloadStatus.ERROR] else OK
