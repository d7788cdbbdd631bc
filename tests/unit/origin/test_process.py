"""The process of the flag servers: under load, and its life from start to end."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flagdl.origin.process import OriginError, OriginProcess
from tests.support.origins import (
    FREE_PORTS,
    ask,
    count_statuses,
    flag_url,
    refuses,
    server_process,
    waiting_request,
)
from tests.support.running import ROOT, WITHIN, is_alive, wait_for
from tests.support.running import children as children_of


def children() -> set[int]:
    """The pids of this process's children."""
    return set(children_of(os.getpid()))


def threads_of(pid: int) -> int:
    found = re.search(r"^Threads:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_hundreds_of_delayed_requests_take_one_thread() -> None:
    with server_process("--child", *FREE_PORTS) as process:
        assert process.stdout
        url = flag_url(json.loads(process.stdout.readline())["DELAY"], "br")
        seen: set[int] = set()
        done = threading.Event()

        def look() -> None:
            while not done.wait(0.05):
                seen.add(threads_of(process.pid))

        with ThreadPoolExecutor(1) as pool:
            looking = pool.submit(look)
            try:
                statuses = asyncio.run(count_statuses(url, 200))
            finally:
                done.set()
            looking.result()
    assert statuses == {200: 200}
    assert seen == {2}  # the second one waits for the end of the parent


def test_servers_out_of_files_go_on_later_and_end_whatever_waits(tmp_path: Path) -> None:
    log = tmp_path / "log"
    options = f"--child --delay 60 {' '.join(FREE_PORTS)}"
    command = f'ulimit -n 32; exec "$0" -m flagdl.origin {options} 2> "$1"'
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ["sh", "-c", command, sys.executable, str(log)], cwd=ROOT, stdin=pipe, stdout=pipe
    ) as process:
        assert process.stdin
        assert process.stdout
        urls = json.loads(process.stdout.readline())
        address = ("127.0.0.1", urlsplit(urls["LOCAL"]).port or 0)
        with ExitStack() as clients:
            for _ in range(64):
                clients.enter_context(socket.create_connection(address, timeout=WITHIN))
            wait_for(lambda: "Too many open files" in log.read_text())
        assert ask(flag_url(urls["LOCAL"], "br")).status == 200
        with waiting_request(urls["DELAY"]):
            process.stdin.close()
            assert process.wait(WITHIN) == 0
    assert log.read_text().count("Too many open files") < 200


@pytest.mark.parametrize("hang", [False, True])
def test_they_start_once_leave_ctrl_c_to_their_parent_and_are_gone_after_close(hang: bool) -> None:
    threads, files, before = set(threading.enumerate()), open_files(), children()
    origin = OriginProcess()
    assert children() == before
    origin.start()
    origin.start()
    (pid,) = children() - before
    # A terminal's keys signal its foreground group: the servers leave it before they come up.
    assert os.getpgid(pid) == pid != os.getpgid(0)
    base = origin.urls()["LOCAL"]
    os.kill(pid, signal.SIGINT)
    for cc in ("br", "cn"):
        assert ask(flag_url(base, cc)).status == 200
    if hang:
        os.kill(pid, signal.SIGSTOP)
    origin.close()
    assert refuses(base)
    assert children() == before
    wait_for(lambda: set(threading.enumerate()) <= threads and open_files() <= files)


def test_close_may_be_called_by_all_and_again() -> None:
    before = children()
    origin = OriginProcess()
    origin.close()
    origin = OriginProcess()
    origin.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: origin.close(), range(8)))
    origin.close()
    assert children() == before
    with pytest.raises(OriginError, match="closed"):
        origin.urls()
    with pytest.raises(OriginError, match="closed"):
        origin.start()


def test_close_ends_a_wait_for_the_addresses() -> None:
    with ThreadPoolExecutor(1) as pool, closing(OriginProcess()) as origin:
        origin.start()
        waiting = pool.submit(origin.urls)
        origin.close()
        assert waiting.exception(WITHIN) is None or isinstance(waiting.exception(), OriginError)


def test_many_threads_get_one_process_and_another_when_it_has_died() -> None:
    before = children()
    with closing(OriginProcess()) as origin, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: origin.urls(), range(16)))
        assert all(answer == answers[0] for answer in answers)
        assert list(answers[0]) == ["LOCAL", "DELAY", "ERROR", "LAB"]
        (pid,) = children() - before
        os.kill(pid, signal.SIGKILL)
        # Wait until all its threads are dead, not only the first: then it is known to be dead.
        wait_for(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG))
        assert ask(flag_url(origin.urls()["LOCAL"], "br")).status == 200
        assert pid not in children()


def test_a_failed_start_says_what_was_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    with closing(OriginProcess()) as origin:
        with pytest.raises(OriginError, match="encodings"):
            origin.urls()
        monkeypatch.delenv("PYTHONHOME")
        assert origin.urls()


def test_an_interpreter_that_is_gone_is_an_origin_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with (
        closing(OriginProcess()) as origin,
        pytest.raises(OriginError, match="/nonexistent/python"),
    ):
        origin.start()


def test_a_silent_child_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(silent))
    before = children()
    with (
        closing(OriginProcess(ready_within=0.2)) as origin,
        pytest.raises(OriginError, match=r"within 0\.2 s"),
    ):
        origin.urls()
    assert children() == before


def test_a_child_that_prints_a_lot_is_not_held_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chatty = tmp_path / "python"
    # It can write all its 2 MB, and then end, only if its parent reads them.
    chatty.write_text(
        '#!/bin/sh\necho \'{"LOCAL": "x"}\'\nyes noise | head -c 2000000\necho done > "$DONE"\n'
    )
    chatty.chmod(0o755)
    done = tmp_path / "done"
    monkeypatch.setenv("DONE", str(done))
    monkeypatch.setattr(sys, "executable", str(chatty))
    with closing(OriginProcess()) as origin:
        origin.urls()
        wait_for(done.exists)


PARENT = """
import sys, time
sys.path.insert(0, {root!r})
from flagdl.origin.process import OriginProcess
assert "aiohttp" not in sys.modules and "PIL" not in sys.modules and "flask" not in sys.modules
origin = OriginProcess()
print(*origin.urls().values(), flush=True)
"""


@contextmanager
def parent_script(
    tmp_path: Path, then: str, **variables: str
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run a program that owns servers. They must not import aiohttp.py from its directory."""
    (tmp_path / "aiohttp.py").write_text("raise SystemExit('imported from the wrong place')")
    script = textwrap.dedent(PARENT).format(root=str(ROOT)) + then
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=environment | variables, stdout=pipe, stderr=pipe, text=True,
    ) as parent:  # fmt: skip
        assert parent.stdout
        try:
            yield parent, parent.stdout.readline().split()
        finally:
            parent.kill()


def test_servers_are_gone_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    with parent_script(tmp_path, "time.sleep(60)") as (parent, bases):
        assert [ask(flag_url(base, "br")).status for base in bases[:2]] == [200, 200]
        parent.kill()
        for base in bases:
            wait_for(lambda base=base: refuses(base))  # type: ignore[misc]


STARTER = """
import sys
from flagdl.origin.process import OriginProcess
origin = OriginProcess()
origin.start()
print("started", flush=True)
sys.stdin.read()
"""


def test_servers_that_come_up_are_gone_with_a_group_that_was_killed() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=ROOT, stdin=pipe, stdout=pipe, start_new_session=True
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"started\n"
        (pid,) = children_of(parent.pid)
        os.killpg(parent.pid, signal.SIGKILL)
        wait_for(lambda: not is_alive(pid))


def test_a_parent_that_forgets_to_close_ends_quietly(tmp_path: Path) -> None:
    with parent_script(tmp_path, "", PYTHONSAFEPATH="1") as (parent, bases):
        _, errors = parent.communicate(timeout=WITHIN)
        assert (parent.returncode, errors) == (0, "")
        for base in bases:
            wait_for(lambda base=base: refuses(base))  # type: ignore[misc]


def test_without_a_thread_for_their_output_they_are_not_left_running(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before, files = children(), open_files()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with (
        closing(OriginProcess()) as origin,
        pytest.raises(OriginError, match="no thread or process left"),
    ):
        origin.start()
    assert children() == before
    assert open_files() == files
