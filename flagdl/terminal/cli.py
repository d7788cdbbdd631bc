"""The seed's command line: its options, its report, its usage errors.

What a download needs is imported only once the arguments are right, so that --help is quick.
"""

import argparse
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from flagdl.download.servers import Servers, ServersFileError, read_servers_file
from flagdl.model.codes import Selection
from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.labels import DEFAULT_SERVER, EMBEDDED, LAB
from flagdl.model.numbers import decimal_number, whole_number
from flagdl.model.spec import (
    DEFAULT_MAX_REQ,
    LIMITS,
    JobSpec,
    SpecError,
    parse_spec,
)
from flagdl.origin.descriptors import allow_many
from flagdl.settings import Settings, SettingsError
from flagdl.strategies import DEFAULT_STRATEGY, STRATEGIES

if TYPE_CHECKING:
    from flagdl.model.events import Event, FlagResult, JobFinished
    from flagdl.terminal.recorder import Recorder

OK, SOME_FAILED, USAGE = 0, 1, 2
KILLED_BY = 128  # plus the signal's number, as shells have it

# The options as the seed's usage errors call them.
SEED_NAMES = {
    "limit": "--limit N ",
    "max_req": "--max_req CONCURRENT ",
    "server": "--server LABEL ",
    "strategy": "--strategy NAME ",
    "attempts": "--attempts N ",
    "delay": "--delay SECONDS ",
    "spread": "--spread FRACTION ",
    "errors": "--errors FRACTION ",
    "seed": "--seed N ",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Download what the arguments ask for and return the exit status.

    0: every flag was saved or doesn't exist; 1: some ended in error, the dashboard cancelled the
    run, or nobody takes the report; 2: usage; 130: Ctrl-C.
    """
    try:
        settings = Settings.from_environment()
        own = read_servers_file(settings.servers) if settings.servers else {}
    except (SettingsError, ServersFileError) as exc:
        print(f"*** {exc}", file=sys.stderr)
        return USAGE
    with Servers(own) as servers:
        parser = make_parser(servers, settings)
        args = parser.parse_args(argv)
        try:
            spec = parse_spec(_options(args), servers)
        except SpecError as exc:
            print(f"*** Usage error: {_in_the_seeds_words(exc)}")
            parser.print_usage()
            return USAGE
        return _run(spec, servers, settings, verbose=args.verbose)


def make_parser(servers: Servers, settings: Settings) -> argparse.ArgumentParser:
    """Return the parser with the seed's options, --strategy, --attempts and those of LAB."""
    labels = ", ".join(sorted(servers))
    parser = argparse.ArgumentParser(
        prog="python -m flagdl",
        description="Download flags for country codes. Default: top 20 countries by population.",
        epilog=f"Flags are saved in {settings.downloads}/, or where FLAGDL_DOWNLOADS says.",
    )
    parser.add_argument(
        "cc", metavar="CC", nargs="*", help="country code or 1st letter (eg. B for BA...BZ)"
    )
    parser.add_argument(
        "-a", "--all", action="store_true", help="get all available flags (AD to ZW)"
    )
    parser.add_argument(
        "-e", "--every", action="store_true", help="get flags for every possible code (AA...ZZ)"
    )
    parser.add_argument("-l", "--limit", metavar="N", type=_whole, help="limit to N first codes")
    parser.add_argument(
        "-m",
        "--max_req",
        metavar="CONCURRENT",
        type=_whole,
        help="maximum concurrent requests "
        f"(default={DEFAULT_MAX_REQ}, at most {LIMITS['max_req']})",
    )
    parser.add_argument(
        "-s",
        "--server",
        metavar="LABEL",
        help=f"server to hit; one of {labels} (default={DEFAULT_SERVER})",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="output detailed progress info"
    )
    parser.add_argument(
        "--strategy",
        metavar="NAME",
        help=f"how to schedule; one of {', '.join(STRATEGIES)} (default={DEFAULT_STRATEGY})",
    )
    parser.add_argument(
        "--attempts",
        metavar="N",
        type=_whole,
        help=f"how often a flag is tried, at most {LIMITS['attempts']} "
        f"(default=3, but 1 on {', '.join(EMBEDDED)})",
    )
    _add_lab(parser)
    return parser


def _add_lab(parser: argparse.ArgumentParser) -> None:
    default = Lab()
    lab = parser.add_argument_group(f"the server {LAB} {EMBEDDED[LAB]}")
    lab.add_argument(
        "--delay",
        metavar="SECONDS",
        type=_decimal,
        help=f"how long its answers take, at most {SETTINGS['delay'].most} "
        f"(default={default.delay})",
    )
    lab.add_argument(
        "--spread",
        metavar="FRACTION",
        type=_decimal,
        help=f"how much longer or shorter some of them take, 0 to 1 (default={default.spread})",
    )
    lab.add_argument(
        "--errors",
        metavar="FRACTION",
        type=_decimal,
        help=f"which part of them is 503, 0 to 1 (default={default.errors})",
    )
    lab.add_argument(
        "--seed",
        metavar="N",
        type=_whole,
        help=f"another number draws other delays and errors (default={default.seed})",
    )


def _in_the_seeds_words(error: SpecError) -> str:
    if error.field == "codes":
        return f"each CC argument must be A to Z or AA to ZZ, not {error.values['code']!r}."
    return SEED_NAMES[error.field] + error.detail


def _whole(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return number


def _decimal(text: str) -> float:
    number = decimal_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    return number


def _options(args: argparse.Namespace) -> dict[str, object]:
    """Return the arguments as the API would have them."""
    select = Selection.EVERY if args.every else Selection.ALL if args.all else None
    return {
        "codes": args.cc,
        "select": select,
        "limit": args.limit,
        "server": args.server,
        "strategy": args.strategy,
        "max_req": args.max_req,
        "attempts": args.attempts,
        **{name: getattr(args, name) for name in SETTINGS},
    }


def _run(spec: JobSpec, servers: Servers, settings: Settings, *, verbose: bool) -> int:
    import logging

    from flagdl.model.events import JobState
    from flagdl.origin.process import OriginError
    from flagdl.terminal.recorder import Recorder

    allow_many()
    # What goes wrong with the history is said once, below.
    logging.getLogger("flagdl.history.writer").setLevel(logging.CRITICAL)
    cancel = threading.Event()
    recorder = Recorder(spec, settings, cancel)
    with _stopped_by_signals(cancel) as received:
        try:
            with recorder:
                finished = _download(spec, servers, settings, recorder, cancel, verbose=verbose)
            status = _exit_status(finished)
            if finished.state is JobState.CANCELLED and not received:
                print("*** This run was cancelled in the dashboard.", file=sys.stderr)
        except OriginError as exc:
            print(f"*** {exc}", file=sys.stderr)
            status = SOME_FAILED
        except OSError as exc:
            _give_up_stdout(exc)
            status = SOME_FAILED
        finally:
            if recorder.problem:
                print(f"*** This run is not in the history: {recorder.problem}", file=sys.stderr)
    return KILLED_BY + received[0] if received else status


def _download(
    spec: JobSpec,
    servers: Servers,
    settings: Settings,
    recorder: "Recorder",
    cancel: threading.Event,
    *,
    verbose: bool,
) -> "JobFinished":
    from flagdl import engine
    from flagdl.download.downloader import Limits
    from flagdl.download.store import FlagStore
    from flagdl.model.events import JobState
    from flagdl.model.ledger import Ledger
    from flagdl.model.report import initial_report

    server = engine.find_server(servers, spec, cancel)
    if server is None:
        # Nobody knows its address yet, with which the report would begin.
        events = Ledger(spec.codes, lambda: 0.0).close(JobState.CANCELLED)
        return _show(recorder.recorded(events), len(spec.codes), verbose=verbose)
    report = initial_report(spec.server, server.site, spec.codes, spec.concurrency)
    print(report, flush=True)
    store = FlagStore(settings.downloads)
    limits = Limits(total=settings.timeout)
    with closing(engine.run(spec, server, store, cancel, limits)) as events:
        return _show(recorder.recorded(events), len(spec.codes), verbose=verbose)


def _show(events: "Iterator[Event]", total: int, *, verbose: bool) -> "JobFinished":
    """Print a job's progress, as results come back, and its report; returns its last event."""
    from tqdm import tqdm

    from flagdl.model.events import FlagDone, FlagReturned, JobFinished, JobState
    from flagdl.model.report import final_report

    results: dict[str, FlagResult] = {}
    with tqdm(total=total, disable=verbose) as bar:
        for event in events:
            if isinstance(event, FlagDone):
                results[event.result.cc] = event.result
            elif isinstance(event, FlagReturned):
                bar.update()
                if verbose:
                    print(_line(results[event.cc]), flush=True)
    if not isinstance(event, JobFinished):
        raise RuntimeError("the engine ended without saying so")
    print(final_report(event.counts, event.elapsed), flush=True)
    if not verbose:
        _print_causes(results.values())
    if event.detail:
        failed = "The job failed: " if event.state is JobState.FAILED else ""
        print(f"*** {failed}{event.detail}", file=sys.stderr)
    return event


def _line(result: "FlagResult") -> str:
    from flagdl.model.events import DownloadStatus

    if result.status is DownloadStatus.ERROR:
        return f"*** Error for {result.cc}: {result.detail}"
    return f"{result.cc} {result.detail}"


def _print_causes(results: "Iterable[FlagResult]") -> None:
    from flagdl.model.events import DownloadStatus

    causes = Counter(each.detail for each in results if each.status is DownloadStatus.ERROR)
    for cause, number in causes.most_common():
        print(f"*** Error for {number} flag{'s'[: number > 1]}: {cause}", file=sys.stderr)


@contextmanager
def _stopped_by_signals(cancel: threading.Event) -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM end the job early, so that its report is printed all the same."""
    received: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        cancel.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            # Whoever is on the way out needn't be told again.
            signal.signal(number, signal.SIG_IGN if received else handler)


def _give_up_stdout(error: OSError) -> None:
    # At exit, it is flushed once more.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # Whoever reads may have read enough, as `| head` does.
    if not isinstance(error, BrokenPipeError):
        print(f"*** The report can't be written: {error.strerror or error}", file=sys.stderr)


def _exit_status(finished: "JobFinished") -> int:
    from flagdl.model.events import DownloadStatus, JobState

    unfinished = finished.state is not JobState.FINISHED
    return SOME_FAILED if unfinished or finished.counts[DownloadStatus.ERROR] else OK
