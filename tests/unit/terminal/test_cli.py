"""The command line as a user runs it: in its own process where that makes a difference."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest
from tqdm import tqdm

from flagdl.download.images import check_gif
from flagdl.model.events import (
    DownloadStatus,
    Event,
    FlagDone,
    FlagResult,
    FlagReturned,
    JobFinished,
    JobStarted,
    JobState,
    all_counts,
)
from flagdl.model.lab import Lab
from flagdl.origin.faults import lab_fault
from flagdl.origin.http import load_images
from flagdl.strategies import STRATEGIES
from flagdl.system.signals import ENDING, stopped_by_signals
from flagdl.system.streams import lossy
from flagdl.terminal.run import show
from tests.support.hostile import Connection, HostileServer, answer, answering, code_of
from tests.support.running import WITHIN, FlagGate, children, is_alive, wait_for
from tests.support.terminals import Cli, counts, read_report

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def mine() -> Iterator[HostileServer]:
    """A server that has every flag except the codes that end in Z."""
    none = answer(b"none", "404 Not Found")
    with HostileServer(
        answering(lambda request: none if code_of(request)[1] == "Z" else answer())
    ) as server:
        yield server


# The book's runs


def test_the_books_run_on_delay(cli: Cli) -> None:
    done = cli.run("-s", "DELAY", "b")
    report = read_report(done.stdout)
    flags = [f"{cc}.gif" for cc in sorted(load_images()) if cc[0] == "b"]
    assert done.stdout == (
        f"DELAY site: {report['site']}\n"
        "Searching for 26 flags: from BA to BZ\n"
        "26 concurrent connections will be used.\n"
        "--------------------\n"
        f"{len(flags)} flags downloaded.\n"
        f"{26 - len(flags)} not found.\n"
        f"Elapsed time: {report['elapsed']}s\n"
    )
    assert done.returncode == 0
    assert "26/26" in done.stderr  # tqdm's bar
    assert cli.saved() == flags
    assert cli.record().report + "\n" == done.stdout


def test_the_books_run_on_error_accounts_for_all(cli: Cli, called: Run) -> None:
    done = called("-s", "ERROR", "-e", "-l", "200", "-m", "100")
    report = read_report(done.stdout)
    assert (report["label"], report["total"], report["codes"]) == ("ERROR", "200", "from AA to HR")
    assert report["max_req"] == "100"
    ok, not_found, error, cancelled = counts(report)
    assert ok > 30
    assert not_found > 60
    assert error > 20
    assert cancelled == 0
    assert done.returncode == 1
    assert len(cli.saved()) == ok


def test_no_arguments_are_the_top_20_from_local(called: Run) -> None:
    done = called()
    report = read_report(done.stdout)
    assert (report["label"], report["codes"], report["max_req"]) == ("LOCAL", "from BD to VN", "20")
    assert counts(report) == [20, 0, 0, 0]
    assert done.returncode == 0


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_options_reach_the_engine(
    strategy: str, cli: Cli, called: Run, mine: HostileServer
) -> None:
    cli.knows(mine=mine.server.template)
    done = called(
        "fr", "b", "FR", "zz", "-l", "28", "-m", "2", "--strategy", strategy, "-s", "Mine"
    )
    report = read_report(done.stdout)
    assert report["label"] == "MINE"
    assert report["codes"] == "from BA to ZZ"
    assert report["max_req"] == ("1" if strategy == "sequential" else "2")
    assert counts(report) == [26, 2, 0, 0]
    assert "fr.gif" in cli.saved()
    assert cli.record().spec.strategy == strategy


def test_attempts(cli: Cli, called: Run) -> None:
    asked: list[bytes] = []

    def choose(request: bytes) -> bytes:
        asked.append(request)
        return answer(b"", "503 Busy")

    with HostileServer(answering(choose)) as hostile:
        cli.knows(mine=hostile.server.template)
        done = called("-s", "mine", "fr", "--attempts", "2")
    assert done.returncode == 1
    assert len(asked) == 2
    assert done.stderr.endswith("*** Error for 1 flag: HTTP 503 - Service Unavailable\n")


def test_what_went_wrong_is_said_once_for_all(cli: Cli, called: Run, mine: HostileServer) -> None:
    cli.knows(mine=mine.server.template)
    for cc in ("br", "cn"):
        (cli.downloads / f"{cc}.gif").mkdir(parents=True)
    done = called("-s", "mine", "br", "cn", "fz")
    assert counts(read_report(done.stdout)) == [0, 1, 2, 0]
    assert done.stderr.endswith("*** Error for 2 flags: can't save: Is a directory\n")


def test_the_time_for_one_flag(cli: Cli, called: Run) -> None:
    """The time ends before Retry-After allows a second request."""
    cli.set(timeout="1")
    asked: list[bytes] = []

    def choose(request: bytes) -> bytes:
        asked.append(request)
        return answer(b"", "503 Busy", "Retry-After: 3")

    with HostileServer(answering(choose)) as hostile:
        cli.knows(busy=hostile.server.template)
        assert called("-s", "busy", "--attempts", "2", "fr").returncode == 1
    assert len(asked) == 1


def test_lab_answers_as_it_is_set(cli: Cli, called: Run) -> None:
    lab = Lab(delay=0.01, spread=1.0, errors=0.5, seed=7)
    settings = ["--delay", "0.01", "--spread", "1", "--errors", ".5", "--seed", "7"]
    done = called("-s", "lab", "b", "-v", *settings)
    assert done.stdout.startswith("LAB site: http://127.0.0.1:")
    assert done.stdout.splitlines()[0].endswith("/flags/{cc}/{cc}.gif?" + lab.query)
    failed = re.findall(r"^\*\*\* Error for (..): HTTP 503", done.stdout, re.MULTILINE)
    codes = ["b" + letter for letter in ascii_lowercase]
    assert sorted(failed) == [cc.upper() for cc in codes if lab_fault(lab, cc, 1).fails]
    assert cli.record().spec.lab == lab


# Verbose


def test_verbose_lines_as_in_the_book(cli: Cli, called: Run) -> None:
    answers = {"AA": answer(b"", "404 Not Found"), "BR": answer(), "CN": answer(b"", "500 Oh no")}
    with HostileServer(answering(lambda request: answers[code_of(request)])) as hostile:
        cli.knows(mine=hostile.server.template)
        arguments = ["-s", "mine", "-v", "aa", "br", "cn", "--strategy", "sequential"]
        done = called(*arguments, "--attempts", "1")
    report = read_report(done.stdout)
    assert (report["label"], report["codes"]) == ("MINE", "AA, BR, CN")
    assert report["lines"].splitlines() == [
        "AA not found", "BR OK", "*** Error for CN: HTTP 500 - Internal Server Error",
    ]  # fmt: skip
    assert counts(report) == [1, 1, 1, 0]
    assert done.returncode == 1
    assert done.stderr == ""


@pytest.mark.parametrize("verbose", [False, True])
def test_the_terminal_moves_when_a_result_comes_back(
    verbose: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in the book: with map, a flag that is done behind a slow one is not progress yet."""
    moved: list[str] = []

    class Bar(tqdm):  # type: ignore[type-arg] # it iterates over nothing
        def update(self, n: float | None = 1) -> bool | None:
            moved.append("moved")
            return super().update(n)

    def steps() -> int:
        return capsys.readouterr().out.count("OK\n") if verbose else len(moved)

    def story() -> Iterator[Event]:
        yield JobStarted(1, 0.0, 1, "http://flags.example", 1)
        yield FlagDone(2, 0.1, FlagResult("BR", DownloadStatus.OK, "OK"))
        assert steps() == 0
        yield FlagReturned(3, 0.2, "BR")
        assert steps() == 1
        yield JobFinished(4, 0.3, JobState.FINISHED, all_counts({}), 0.3, returned=1)

    monkeypatch.setattr("flagdl.terminal.run.tqdm", Bar)
    assert show(story(), 1, verbose=verbose).returned == 1


# Runs that end badly


def test_a_signal_in_the_middle_gives_the_report(cli: Cli) -> None:
    asked = threading.Semaphore(0)

    def handle(connection: Connection) -> None:
        while request := connection.read_request():
            if code_of(request) > "AC":
                asked.release()
                connection.hold_patiently()
                return
            connection.send(answer())

    with HostileServer(handle) as hostile:
        cli.knows(slow=hostile.server.template)
        with cli.started("-s", "slow", "a", "b", "-m", "30") as process:
            for _ in range(30):
                assert asked.acquire(timeout=WITHIN)
            process.terminate()
            stdout, stderr = process.communicate(timeout=WITHIN)
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in stderr
    assert counts(read_report(stdout)) == [3, 0, 0, 49]
    assert cli.saved() == ["aa.gif", "ab.gif", "ac.gif"]
    for path in cli.downloads.iterdir():
        check_gif(path.read_bytes())
    assert cli.record().state is JobState.CANCELLED
    assert [*all_counts(cli.record().counts).values()] == [3, 0, 0, 49]


COMING_UP = """
import os, signal, sys
if "--child" in sys.orig_argv:
    open(os.environ["COMING_UP"], "w").close()
    while True:
        signal.pause()
"""


def test_ctrl_c_while_the_flag_servers_come_up(cli: Cli, tmp_path: Path) -> None:
    """They never come up: every Python first runs `sitecustomize`, which stops them."""
    (tmp_path / "sitecustomize.py").write_text(COMING_UP)
    coming_up = tmp_path / "coming up"
    cli.environment |= {"PYTHONPATH": str(tmp_path), "COMING_UP": str(coming_up)}
    with cli.started("-s", "DELAY", "b") as process:
        wait_for(coming_up.exists)
        [origin] = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=WITHIN)
    assert process.returncode == 128 + signal.SIGINT
    assert "Traceback" not in stderr
    report = "--------------------\n0 flags downloaded.\n26 cancelled.\nElapsed time: 0.00s\n"
    assert stdout == report
    wait_for(lambda: not is_alive(origin))
    assert (cli.record().state, cli.record().site) == (JobState.CANCELLED, "")


PATIENT = """
import runpy
from flagdl.cluster import connection
connection.CONNECT_WITHIN = 3600
runpy.run_module("flagdl", run_name="__main__")
"""


def test_ctrl_c_while_the_cluster_is_being_reached(cli: Cli) -> None:
    """It accepts the connection and never answers; the command would wait for an hour."""
    asked = threading.Event()

    def handle(connection: Connection) -> None:
        asked.set()
        connection.hold()

    with HostileServer(handle) as hostile:
        cli.set(cluster="tcp://{}:{}".format(*hostile.address))
        cli.command = [sys.executable, "-c", PATIENT]
        with cli.started("--executor", "cluster", "br") as process:
            assert asked.wait(WITHIN)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=WITHIN)
    assert process.returncode == 128 + signal.SIGINT
    assert "Traceback" not in stderr
    assert counts(read_report(stdout)) == [0, 0, 0, 1]
    assert cli.record().state is JobState.CANCELLED


def test_whoever_was_stopped_is_not_stopped_on_the_way_out(
    cli: Cli, called: Run, mine: HostileServer, handlers: dict[int, Any]
) -> None:
    def choose(request: bytes) -> bytes:
        os.kill(os.getpid(), signal.SIGINT)
        return answer()

    with HostileServer(answering(choose)) as hostile:
        cli.knows(hostile=hostile.server.template, mine=mine.server.template)
        assert called("-s", "hostile", "br").returncode == 128 + signal.SIGINT
    assert {signal.getsignal(number) for number in ENDING} == {signal.SIG_IGN}
    for number, handler in handlers.items():
        signal.signal(number, handler)
    assert called("-s", "mine", "br").returncode == 0
    assert {number: signal.getsignal(number) for number in ENDING} == handlers


def test_a_signal_may_come_while_the_main_thread_holds_a_lock(handlers: dict[int, Any]) -> None:
    lock, ends = threading.Lock(), threading.Semaphore(0)

    def stop() -> None:
        assert lock.acquire(timeout=WITHIN)
        lock.release()
        ends.release()

    with stopped_by_signals(stop) as received:
        with lock:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
        for _ in received:
            assert ends.acquire(timeout=WITHIN)
    assert received == [signal.SIGINT, signal.SIGTERM]


AT_THE_END = """
import runpy, signal, sys

def at_the_end(frame, event, _):
    caller = frame.f_back
    if (
        event == "call"
        and (frame.f_code.co_name, caller.f_code.co_name) == ("notify_all", "set")
        and caller.f_back.f_code.co_filename.endswith("engine.py")
    ):
        sys.setprofile(None)
        signal.raise_signal(signal.SIGINT)

sys.setprofile(at_the_end)
runpy.run_module("flagdl", run_name="__main__", alter_sys=True)
"""


def test_ctrl_c_while_the_engine_ends(cli: Cli, mine: HostileServer) -> None:
    """It comes inside the engine's own `cancel.set()`, whose lock is held."""
    cli.knows(mine=mine.server.template)
    cli.command = [sys.executable, "-c", AT_THE_END]
    done = cli.run("-s", "mine", "br")
    assert counts(read_report(done.stdout)) == [1, 0, 0, 0]
    assert done.returncode == 128 + signal.SIGINT


IGNORING = """
import os, signal, sys
for number in (signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, "-m", "flagdl", *sys.argv[1:]])
"""


def test_a_signal_that_was_ignored_at_the_start_stays_ignored(cli: Cli, gate: FlagGate) -> None:
    """As under nohup."""
    cli.knows(gate=gate.template)
    cli.command = [sys.executable, "-c", IGNORING]
    with cli.started("-s", "gate", "-v", "br", "cn", "fr") as process:
        assert process.stdout
        for _ in range(3):
            process.stdout.readline()
        for number in (signal.SIGHUP, signal.SIGINT):
            process.send_signal(number)
        gate.open()
        rest, stderr = process.communicate(timeout=WITHIN)
    assert "3 flags downloaded." in rest
    assert (process.returncode, stderr) == (0, "")


@pytest.mark.parametrize("name", ["argparse", "flagdl.download.servers"])
def test_ctrl_c_while_it_starts_prints_no_traceback(cli: Cli, name: str) -> None:
    cli.command = [sys.executable, "-c", AT_AN_IMPORT, name, *cli.command[1:]]
    done = cli.run("br")
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


AT_AN_IMPORT = """
import os, runpy, signal, sys
name = sys.argv.pop(1)

class Finder:
    def find_spec(self, module, *_):
        if module == name:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
del sys.argv[1:3]
runpy.run_module("flagdl", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("redirected", ["2>/dev/full", "<&- 2>&-"])
def test_the_bar_and_remarks_may_get_lost(redirected: str, cli: Cli, mine: HostileServer) -> None:
    cli.knows(mine=mine.server.template)
    cli.history.mkdir(parents=True)  # a directory: it causes a remark
    done = cli.run("-s", "mine", "b", redirected=redirected)
    assert counts(read_report(done.stdout)) == [25, 1, 0, 0]
    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_full_stream_that_does_not_wait_refuses_gets_lost() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with os.fdopen(reader), os.fdopen(writer, "w") as stream:
        with suppress(BlockingIOError):
            while True:
                os.write(writer, bytes(4096))
        print("a remark", file=lossy(stream))


# Buffered output fails when the process ends; unbuffered output fails when it is printed.
@pytest.mark.parametrize(("argument", "unbuffered", "status"), [("--help", "", 0), ("zzz", "1", 2)])
def test_help_and_usage_errors_may_get_lost(
    argument: str, unbuffered: str, status: int, cli: Cli
) -> None:
    cli.environment["PYTHONUNBUFFERED"] = unbuffered
    done = cli.run(argument, redirected=">/dev/full")
    assert (done.returncode, done.stderr) == (status, "")


def test_a_report_that_cant_be_written(cli: Cli, mine: HostileServer) -> None:
    cli.knows(mine=mine.server.template)
    done = cli.run("-s", "mine", "b", redirected=">/dev/full")
    assert done.stderr == "*** The report can't be written: No space left on device\n"
    assert done.returncode == 1
    job = cli.record()
    assert (job.state, job.detail) == (JobState.FAILED, "[Errno 28] No space left on device")


def test_ctrl_c_where_nobody_wants_the_report(cli: Cli) -> None:
    asked = threading.Event()

    def handle(connection: Connection) -> None:
        connection.read_request()
        asked.set()
        connection.hold_patiently()

    with HostileServer(handle) as hostile:
        cli.knows(slow=hostile.server.template)
        with cli.started("-s", "slow", "-v", "br", redirected=">&-") as process:
            assert asked.wait(WITHIN)
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=WITHIN)
    assert (process.returncode, stderr) == (128 + signal.SIGINT, "")
    assert cli.record().state is JobState.CANCELLED


def test_whoever_reads_the_report_may_go(cli: Cli) -> None:
    """`python -m flagdl -v … | head -4`: it stops without a traceback, and skips the rest.

    The fourth line is the first flag's: it comes while the other flags are held.
    """
    let_go = threading.Event()
    asked: list[bytes] = []

    def choose(request: bytes) -> bytes:
        asked.append(request)
        if code_of(request) != "AA":
            let_go.wait(WITHIN)
        return answer()

    with HostileServer(answering(choose)) as hostile:
        cli.knows(mine=hostile.server.template)
        with cli.started("-s", "mine", "-v", "-e", "-m", "2") as process:
            assert process.stdout
            assert process.stderr
            lines = [process.stdout.readline() for _ in range(4)]
            assert lines[-1] == "AA OK\n"
            process.stdout.close()
            let_go.set()
            assert process.wait(WITHIN) == 1
            assert process.stderr.read() == ""
    assert len(asked) < 100
    assert cli.record().state is JobState.CANCELLED


def test_a_downloads_directory_that_is_none(cli: Cli, called: Run) -> None:
    cli.downloads.write_text("mine")
    done = called("fr")
    assert (done.stdout, done.returncode) == ("", 2)
    assert done.stderr == f"*** FLAGDL_DOWNLOADS: {cli.downloads} is not a directory\n"
    assert cli.downloads.read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_too_few_descriptors_are_errors_and_not_the_end(cli: Cli) -> None:
    cli.command = ["bash", "-c", 'ulimit -n 64 && exec "$@"', "bash", *cli.command]
    let_go = threading.Event()

    def handle(connection: Connection) -> None:
        while connection.read_request():
            connection.send(b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not let_go.wait(1):
                connection.send(b"1\r\n.\r\n")  # or the download would give up after five seconds
            connection.send(b"0\r\n\r\n")

    with HostileServer(handle) as hostile:
        cli.knows(mine=hostile.server.template)
        codes = ("a", "b", "c", "d", "--attempts", "1")
        with cli.started("-s", "mine", *codes, "-m", "150", "-v") as process:
            assert process.stdout
            assert process.stderr
            stdout = ""
            while "*** Error" not in stdout:
                stdout += (line := process.stdout.readline())
                assert line, stdout
            let_go.set()
            stdout += process.stdout.read()
            stderr = process.stderr.read()
            process.wait(WITHIN)
    report = read_report(stdout)
    ok, not_found, error, cancelled = counts(report)
    assert (ok, cancelled) == (0, 0)
    assert not_found > 0
    causes = Counter(re.findall(r"^\*\*\* Error for ..: (.+)$", report["lines"], re.MULTILINE))
    assert causes.total() == error
    # When flagdl looks for the cause, a descriptor may be free again.
    assert causes.most_common(1)[0][0] == "too many open files"
    assert causes.keys() <= {"too many open files", "connection error"}
    # Opening the history's file may have failed in the same way.
    assert re.fullmatch(r"(\*\*\* This run is not in the history: .+\n)?", stderr)
    assert process.returncode == 1


def test_a_history_that_cant_be_used_stops_nobody(
    cli: Cli, called: Run, mine: HostileServer
) -> None:
    cli.knows(mine=mine.server.template)
    random_bytes = b"somebody's bytes, and no database " * 100
    cli.history.parent.mkdir()
    cli.history.write_bytes(random_bytes)
    done = called("fr", "-v", "-s", "mine")
    assert counts(read_report(done.stdout)) == [1, 0, 0, 0]
    assert done.returncode == 0
    reason = f"{cli.history} can't be used: file is not a database"
    assert done.stderr == f"*** This run is not in the history: {reason}\n"
    assert cli.history.read_bytes() == random_bytes
    assert [path.name for path in cli.history.parent.iterdir()] == [cli.history.name]
