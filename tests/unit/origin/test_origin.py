"""The embedded flag servers: images, answers, faults, and the life of their process."""

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
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from flagdl.model.lab import Lab
from flagdl.origin.__main__ import main
from flagdl.origin.descriptors import raise_open_file_limit
from flagdl.origin.faults import Fault, FaultPlan, Kind
from flagdl.origin.http import IMAGES_DIR, FlagServer, load_images
from flagdl.origin.process import OriginError, OriginProcess
from tests.support.origins import (
    ALL_CODES,
    POP20,
    ask,
    count_statuses,
    flag_url,
    refuses,
    waiting_request,
)
from tests.support.render import COUNTRIES_FILE, SIZE, draw, render
from tests.support.running import ROOT, WITHIN, is_alive, wait_for
from tests.support.running import children as children_of

FREE_PORTS = ["--ports", "0", "0", "0", "--lab-port", "0"]
# Clocks of two processes and the rounding of timers: a wait of 0.5 s may look this much shorter.
EPSILON = 0.02


def children() -> set[int]:
    """The pids of this process's children."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # other processes come and go
            parent = stat.read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                found.add(int(stat.parent.name))
    return found


def threads_of(pid: int) -> int:
    found = re.search(r"^Threads:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def server_process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `python -m flagdl.origin`; kills it if the block leaves it running."""
    command = [sys.executable, "-m", "flagdl.origin", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def printed_urls(process: subprocess.Popen[str]) -> dict[str, str]:
    """Read the addresses that the command prints when it serves in the foreground."""
    assert process.stdout
    return dict(process.stdout.readline().split() for _ in Kind)


def run_origin(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flagdl.origin", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN, check=False
    )


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    with OriginProcess() as origin:
        yield origin.urls()


@pytest.fixture(scope="module")
def stuck_url() -> Iterator[str]:
    """A server on which whatever is delayed is too late for `ask`."""
    with OriginProcess(delay=60) as origin:
        yield origin.urls()["DELAY"]


# Images


def test_every_flag_is_a_gif_of_the_promised_size() -> None:
    paths = sorted(IMAGES_DIR.glob("*.gif"))
    for path in paths:
        with Image.open(path, formats=["GIF"]) as image:
            image.load()
            assert image.size == (320, 240), path
    countries = json.loads(COUNTRIES_FILE.read_text(encoding="utf-8"))
    assert [path.stem.upper() for path in paths] == [country["cc"] for country in countries]
    assert len(paths) == 252


def test_flags_come_with_their_licence() -> None:
    assert "MIT License" in (IMAGES_DIR / "LICENSE").read_text()


def test_countries_have_names_capitals_and_continents() -> None:
    countries = {
        country["cc"]: country for country in json.loads(COUNTRIES_FILE.read_text(encoding="utf-8"))
    }
    assert countries["BR"] == {
        "cc": "BR", "name": "Brazil", "capital": "Brasília", "continent": "South America"
    }  # fmt: skip
    assert all(country["name"] for country in countries.values())
    assert {cc for cc, country in countries.items() if not country["continent"]} == {
        "AQ", "BV", "EU", "HM", "UN"
    }  # fmt: skip


STRIPES = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480">
<path fill="#900" d="M0 0h213.3v480H0z"/><path fill="#090" d="M213.3 0H640v480H213.3z"/></svg>"""


def test_stripes_that_meet_inside_a_pixel_leave_no_light_seam() -> None:
    # White paper is the only thing here that has any blue.
    assert max(blue for _, (_, _, blue) in colors_of(draw(STRIPES, opaque=False))) > 40
    assert max(blue for _, (_, _, blue) in colors_of(draw(STRIPES, opaque=True))) < 5


def colors_of(image: Image.Image) -> list[tuple[int, tuple[int, ...]]]:
    return image.getcolors(SIZE[0] * SIZE[1])  # type: ignore[return-value]


def test_rendering_takes_the_chosen_codes_and_gives_the_same_bytes_again(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "LICENSE").write_text("free")
    (package / "package.json").write_text('{"version": "1"}')
    (package / "stripes.svg").write_text(STRIPES)
    entries = [
        {"code": "zw", "iso": True, "name": "Zimbabwe", "capital": "Harare", "continent": "Africa"},
        {"code": "xk", "iso": False, "name": "Kosovo", "capital": None},
        {"code": "gb-wls", "iso": False, "name": "Wales"},
    ]
    flag = {"flag_4x3": "stripes.svg"}
    (package / "country.json").write_text(json.dumps([entry | flag for entry in entries]))

    made = []
    for directory in (tmp_path / "one", tmp_path / "two"):
        render(package, directory, tmp_path / "countries.json")
        made.append({path.name: path.read_bytes() for path in directory.iterdir()})

    assert made[0] == made[1]
    assert sorted(made[0]) == ["LICENSE", "xk.gif", "zw.gif"]
    assert (tmp_path / "countries.json").read_text() == (
        '[\n{"cc": "XK", "name": "Kosovo", "capital": "", "continent": ""},\n'
        '{"cc": "ZW", "name": "Zimbabwe", "capital": "Harare", "continent": "Africa"}\n]\n'
    )


# Answers


def test_a_flag_comes_whole_and_with_its_headers(urls: dict[str, str]) -> None:
    answer = ask(flag_url(urls["LOCAL"], "br"))
    assert answer.status == 200
    assert answer.body == (IMAGES_DIR / "br.gif").read_bytes()
    assert answer.headers["Content-Type"] == "image/gif"
    assert answer.headers["Content-Length"] == str(len(answer.body))
    assert re.fullmatch(r'"[0-9a-f]{32}"', answer.headers["ETag"])


def test_every_code_answers_its_own_flag_or_404(urls: dict[str, str]) -> None:
    flags = {path.stem: path.read_bytes() for path in IMAGES_DIR.glob("*.gif")}
    with ThreadPoolExecutor(20) as pool:
        answers = dict(
            zip(
                ALL_CODES,
                pool.map(lambda cc: ask(flag_url(urls["LOCAL"], cc)), ALL_CODES),
                strict=True,
            )
        )
    assert {cc: a.body for cc, a in answers.items() if a.status == 200} == flags
    assert {a.status for cc, a in answers.items() if cc not in flags} == {404}


def test_head_has_the_headers_of_get_and_no_body(urls: dict[str, str]) -> None:
    url = flag_url(urls["LOCAL"], "br")
    get, head = ask(url), ask(url, "HEAD")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
def test_an_image_that_the_client_has_is_not_sent_again(urls: dict[str, str], known: str) -> None:
    url = flag_url(urls["LOCAL"], "br")
    etag = ask(url).headers["ETag"]
    answer = ask(url, headers={"If-None-Match": known.format(etag)})
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == etag


@pytest.mark.parametrize("known", ['"other"', "", "no quotes", '"', ",,,"])
def test_another_etag_gets_the_image(urls: dict[str, str], known: str) -> None:
    answer = ask(flag_url(urls["LOCAL"], "br"), headers={"If-None-Match": known})
    assert answer.status == 200
    assert answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/br/cn.gif", "/BR/BR.gif", "/br/BR.gif", "/b/b.gif", "/bra/bra.gif",
        "/br%0a/br%0a.gif", "/br/br%0a.gif", "/b1/b1.gif", "/%EF%BD%82r/%EF%BD%82r.gif",
        "/%2e%2e/%2e%2e.gif", "/%2e%2e/br.gif", "/../br.gif", "/..%2fbr/br.gif", "/br/..%2fbr.gif",
        "/br/..%5cbr.gif", "/br/%00.gif", "/br/br.png", "/br/LICENSE", "/br/br", "/br/", "",
    ],
)  # fmt: skip
def test_what_is_no_code_is_404_at_once(stuck_url: str, path: str) -> None:
    assert ask(stuck_url + path).status == 404


def test_changing_a_flag_is_not_allowed(urls: dict[str, str]) -> None:
    assert ask(flag_url(urls["LOCAL"], "br"), "POST").status == 405


@pytest.mark.parametrize("label", Kind)
def test_the_root_says_what_the_server_is(urls: dict[str, str], label: str) -> None:
    answer = ask(urls[label].removesuffix("flags"))
    assert answer.status == 200
    assert label in answer.body.decode()
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_only_the_loopback_address_is_served(urls: dict[str, str]) -> None:
    assert not refuses(urls["LOCAL"])
    # All of 127/8 is this machine; a server bound to every address would answer here too.
    assert refuses(urls["LOCAL"].replace("127.0.0.1", "127.0.0.2"))


@pytest.mark.parametrize("cc", ["br", "zz"])
def test_delay_waits_before_it_answers(urls: dict[str, str], cc: str) -> None:
    start = time.monotonic()
    answer = ask(flag_url(urls["DELAY"], cc))
    assert time.monotonic() - start >= 0.5 - EPSILON
    assert answer.status == (200 if cc == "br" else 404)


def test_error_server_fails_exactly_where_the_plan_says() -> None:
    codes = ALL_CODES[26:78]  # flags and unknown codes, both
    plan = FaultPlan(delay=0, seed=7)
    images = load_images()

    def expected(cc: str, visit: int) -> int:
        if plan.fault(Kind.ERROR, cc, visit).fails:
            return 503
        return 200 if cc in images else 404

    with OriginProcess(delay=0, seed=7) as origin:
        base = origin.urls()["ERROR"]
        for visit in range(2):
            statuses = {cc: ask(flag_url(base, cc)).status for cc in codes}
            assert statuses == {cc: expected(cc, visit) for cc in codes}


def test_error_server_delays_as_planned(urls: dict[str, str]) -> None:
    plan = FaultPlan()
    cc = next(cc for cc in ALL_CODES if plan.fault(Kind.ERROR, cc, 0).delay)
    start = time.monotonic()
    ask(flag_url(urls["ERROR"], cc))
    assert time.monotonic() - start >= 0.5 - EPSILON


# Faults


visits = st.integers(0, 10**6)
codes = st.sampled_from(ALL_CODES)
plans = st.builds(FaultPlan, st.floats(0, 3600), st.floats(0, 1), st.integers(0, 10**18 - 1))


@given(plans, codes, visits)
def test_local_never_fails_and_delay_always_waits(plan: FaultPlan, cc: str, visit: int) -> None:
    assert plan.fault(Kind.LOCAL, cc, visit) == Fault()
    assert plan.fault(Kind.DELAY, cc, visit) == Fault(delay=plan.delay)


@given(plans, codes, visits)
def test_a_fault_is_a_failure_or_a_wait(plan: FaultPlan, cc: str, visit: int) -> None:
    fault = plan.fault(Kind.ERROR, cc, visit)
    assert fault in (Fault(fails=True), Fault(delay=plan.delay), Fault())
    assert fault == plan.fault(Kind.ERROR, cc, visit)


@given(codes, visits, st.integers(0, 10**18 - 1), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_rate_only_adds_failures(
    cc: str, visit: int, seed: int, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    if FaultPlan(error_rate=low, seed=seed).fault(Kind.ERROR, cc, visit).fails:
        assert FaultPlan(error_rate=high, seed=seed).fault(Kind.ERROR, cc, visit).fails
    assert not FaultPlan(error_rate=0, seed=seed).fault(Kind.ERROR, cc, visit).fails
    assert FaultPlan(error_rate=1, seed=seed).fault(Kind.ERROR, cc, visit).fails


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("visit", [0, 1])
def test_a_quarter_fails_and_half_of_the_rest_waits(seed: int, visit: int) -> None:
    plan = FaultPlan(seed=seed)
    faults = [plan.fault(Kind.ERROR, cc, visit) for cc in ALL_CODES]
    # Four standard deviations of 676 draws.
    assert sum(fault.fails for fault in faults) / 676 == pytest.approx(0.25, abs=0.067)
    assert sum(fault.delay > 0 for fault in faults) / 676 == pytest.approx(0.375, abs=0.075)


def test_asking_again_draws_again() -> None:
    plan = FaultPlan()
    drawn = {visit: [plan.fault(Kind.ERROR, cc, visit) for cc in POP20] for visit in range(3)}
    assert drawn[0] != drawn[1] != drawn[2]
    # So whoever goes on asking gets every flag.
    assert all(
        any(not plan.fault(Kind.ERROR, cc, visit).fails for visit in range(20)) for cc in ALL_CODES
    )


def test_the_default_seed_draws_what_it_always_drew() -> None:
    """Documentation and screenshots show these; it also means that no process differs."""
    plan = FaultPlan()
    faults = {cc: plan.fault(Kind.ERROR, cc, 0) for cc in ALL_CODES}
    assert [cc for cc in POP20 if faults[cc].fails] == ["id", "ru", "mx", "ph", "de"]
    assert sum(fault.fails for fault in faults.values()) == 166
    assert sum(fault.delay > 0 for fault in faults.values()) == 254


async def statuses_of_fresh_server(order: list[str]) -> dict[str, Counter[int]]:
    plan = FaultPlan(delay=0)
    app = FlagServer(Kind.ERROR, plan, {}).application()
    found: dict[str, Counter[int]] = {cc: Counter() for cc in order}
    async with TestClient(TestServer(app)) as client:
        for cc in order:
            async with client.get(f"/flags/{cc}/{cc}.gif") as response:
                found[cc][response.status] += 1
    return found


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_the_order_of_requests_changes_no_fault(data: st.DataObject) -> None:
    order = data.draw(st.lists(st.sampled_from(ALL_CODES[:8]), min_size=1, max_size=30))
    shuffled = data.draw(st.permutations(order))
    assert asyncio.run(statuses_of_fresh_server(order)) == asyncio.run(
        statuses_of_fresh_server(shuffled)
    )


@pytest.mark.parametrize(
    "values",
    [
        {"delay": -1}, {"delay": 3601}, {"delay": float("nan")}, {"delay": float("inf")},
        {"error_rate": -0.1}, {"error_rate": 1.1}, {"error_rate": float("nan")},
        {"seed": -1}, {"seed": 10**18},
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(values)).replace("_", " ")):
        FaultPlan(**values)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=next(iter(values)).replace("_", " ")):
        OriginProcess(**values)  # type: ignore[arg-type]


# Load


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process open a thousand connections."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    raise_open_file_limit()
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("many_files")
def test_a_thousand_delayed_requests_take_one_thread() -> None:
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
                statuses = asyncio.run(count_statuses(url, 1000))
            finally:
                done.set()
            looking.result()
    assert statuses == {200: 1000}
    assert seen == {2}  # the second one waits for the end of the parent


def test_servers_out_of_files_wait_and_go_on(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = f'ulimit -n 32; exec "$0" -m flagdl.origin --child {" ".join(FREE_PORTS)} 2> "$1"'
    pipe = subprocess.PIPE
    with subprocess.Popen(
        ["sh", "-c", command, sys.executable, str(log)], cwd=ROOT, stdin=pipe, stdout=pipe
    ) as process:
        assert process.stdin
        assert process.stdout
        base = json.loads(process.stdout.readline())["LOCAL"]
        address = ("127.0.0.1", urlsplit(base).port or 0)
        with ExitStack() as clients:
            for _ in range(64):
                clients.enter_context(socket.create_connection(address, timeout=WITHIN))
            wait_for(lambda: "Too many open files" in log.read_text())
        assert ask(flag_url(base, "br")).status == 200
        process.stdin.close()
        assert process.wait(20) == 0
    assert log.read_text().count("Too many open files") < 200


# The process


def test_constructing_starts_nothing_and_closing_leaves_nothing() -> None:
    threads, files, before = threading.active_count(), open_files(), children()
    origin = OriginProcess()
    assert children() == before
    origin.start()
    origin.start()
    assert len(children() - before) == 1
    base = origin.urls()["LOCAL"]
    assert ask(flag_url(base, "br")).status == 200
    origin.close()
    assert refuses(base)
    assert (threading.active_count(), open_files(), children()) == (threads, files, before)


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
    with ThreadPoolExecutor(1) as pool, OriginProcess() as origin:
        origin.start()
        waiting = pool.submit(origin.urls)
        origin.close()
        assert waiting.exception(10) is None or isinstance(waiting.exception(), OriginError)


def test_many_threads_get_one_process_and_another_when_it_has_died() -> None:
    before = children()
    with OriginProcess() as origin, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: origin.urls(), range(16)))
        assert all(answer == answers[0] for answer in answers)
        assert list(answers[0]) == ["LOCAL", "DELAY", "ERROR", "LAB"]
        (pid,) = children() - before
        os.kill(pid, signal.SIGKILL)
        # All of its threads, and not only the first: till then it isn't known to be dead.
        wait_for(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG))
        assert ask(flag_url(origin.urls()["LOCAL"], "br")).status == 200
        assert pid not in children()


def test_close_ends_servers_that_hang() -> None:
    before = children()
    origin = OriginProcess()
    origin.urls()
    (pid,) = children() - before
    os.kill(pid, signal.SIGSTOP)
    origin.close()
    assert children() == before


def test_waiting_requests_do_not_hold_up_the_end_of_the_servers() -> None:
    with server_process("--child", *FREE_PORTS, "--delay", "60") as process:
        assert process.stdin
        assert process.stdout
        with waiting_request(json.loads(process.stdout.readline())["DELAY"]):
            process.stdin.close()
            assert process.wait(20) == 0


def test_ctrl_c_in_the_terminal_leaves_the_servers_to_their_parent() -> None:
    before = children()
    with OriginProcess() as origin:
        base = origin.urls()["LOCAL"]
        (pid,) = children() - before
        os.kill(pid, signal.SIGINT)
        assert ask(flag_url(base, "br")).status == 200
        assert ask(flag_url(base, "cn")).status == 200


def test_ctrl_c_in_the_terminal_leaves_servers_that_come_up_to_their_parent() -> None:
    before = children()
    with OriginProcess() as origin:
        origin.start()
        (pid,) = children() - before
        # A terminal's keys reach its foreground group.
        assert os.getpgid(pid) == pid != os.getpgid(0)


def test_a_failed_start_says_what_was_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    with OriginProcess() as origin:
        with pytest.raises(OriginError, match="encodings"):
            origin.urls()
        monkeypatch.delenv("PYTHONHOME")
        assert origin.urls()


def test_an_interpreter_that_is_gone_is_an_origin_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with OriginProcess() as origin, pytest.raises(OriginError, match="/nonexistent/python"):
        origin.start()


def test_a_silent_child_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(silent))
    before = children()
    with (
        OriginProcess(ready_within=0.2) as origin,
        pytest.raises(OriginError, match=r"within 0\.2 s"),
    ):
        origin.urls()
    assert children() == before


def test_a_child_that_prints_a_lot_is_not_held_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chatty = tmp_path / "python"
    # It can end its 2 MB, and then itself, only if somebody reads them.
    chatty.write_text(
        '#!/bin/sh\necho \'{"LOCAL": "x"}\'\nyes noise | head -c 2000000\necho done > "$DONE"\n'
    )
    chatty.chmod(0o755)
    done = tmp_path / "done"
    monkeypatch.setenv("DONE", str(done))
    monkeypatch.setattr(sys, "executable", str(chatty))
    with OriginProcess() as origin:
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
    """Run a program that owns servers, from a directory with files in its children's way."""
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


# The command


def test_help_explains_every_option() -> None:
    shown = run_origin("--help")
    assert shown.returncode == 0
    for text in (
        "--delay SECONDS", "--error-rate FRACTION", "--seed N", "--ports LOCAL DELAY ERROR",
        "--lab-port LAB", "default=0.5", "default=0.25", "8001", "8002", "8003", "default=8004",
        "0 takes a free one", "LAB answers as you set it", f"?{Lab().query}&attempt=1",
    ):  # fmt: skip
        assert text in " ".join(shown.stdout.split())
    assert "--child" not in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--delay", "nan"], "the delay must be"),
        (["--delay", "soon"], "argument --delay"),
        (["--error-rate", "1.5"], "the error rate must be 0 to 1"),
        (["--seed", "1_000"], "argument --seed: '1_000' is not a whole number"),
        (["--seed", "١٢"], "argument --seed"),
        (["--ports", "1", "2"], "--ports"),
        (["--ports", "1", "2", "65536"], "65536 is not a port"),
        (["--ports", "9001", "9001", "0"], "must be different ports"),
        (["--ports", "9001", "0", "0", "--lab-port", "9001"], "must be different ports"),
        (["--ports", "0", "0", "8004"], "must be different ports"),
        (["--lab-port", "x"], "argument --lab-port: 'x' is not a whole number"),
        (["extra"], "unrecognized arguments: extra"),
    ],
)
def test_wrong_usage_says_what_is_wrong(
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["origin", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_wrong_usage_ends_the_process_with_2() -> None:
    ended = run_origin("--delay", "-1")
    assert ended.returncode == 2
    assert "the delay must be 0 to 3600 seconds" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("label", "option"), [("DELAY", "--ports"), ("LAB", "--lab-port")])
def test_a_port_in_use_is_named(label: str, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        ports = dict.fromkeys(Kind, "0") | {Kind(label): number}
        *three, lab_port = ports.values()
        ended = run_origin("--ports", *three, "--lab-port", lab_port)
    assert ended.returncode == 1
    assert f"Port {number}, for {label}, is in use" in ended.stderr
    assert f"another with {option}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_signal_ends_the_command_silently_and_its_ports_can_be_taken_again_at_once() -> None:
    """A restart must not wait for old connections to time out."""
    ports = FREE_PORTS
    for number in (signal.SIGTERM, signal.SIGINT):
        with server_process(*ports, "--delay", "60") as process:
            printed = printed_urls(process)
            assert list(printed) == ["LOCAL", "DELAY", "ERROR", "LAB"]
            assert ask(flag_url(printed["LOCAL"], "br")).status == 200
            *three, lab_port = (str(urlsplit(url).port) for url in printed.values())
            taken = ["--ports", *three, "--lab-port", lab_port]
            assert ports in (FREE_PORTS, taken)
            ports = taken
            # The request waits, and its connection stays open until the server closes it.
            with waiting_request(printed["DELAY"]):
                process.send_signal(number)
                out, errors = process.communicate(timeout=WITHIN)
        assert (process.returncode, out, errors) == (0, "", "")
