"""The command that serves the flags in the foreground."""

import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from flagdl.model.lab import Lab
from flagdl.origin.__main__ import _listen, main
from flagdl.origin.faults import Kind
from tests.support.origins import (
    ENVIRONMENT,
    FREE_PORTS,
    ask,
    flag_url,
    printed_urls,
    refuses,
    run_origin,
    server_process,
    waiting_request,
)
from tests.support.ports import reserved_port
from tests.support.running import ROOT, WITHIN, wait_for


def test_help_explains_every_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["origin", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for text in (
        "--delay SECONDS", "--error-rate FRACTION", "--seed N", "--ports LOCAL DELAY ERROR",
        "--lab-port LAB", "default=0.5", "default=0.25", "8001", "8002", "8003", "default=8004",
        "0 takes a free one", "LAB answers as you set it", f"?{Lab().query}&attempt=1",
    ):  # fmt: skip
        assert text in " ".join(shown.split())
    assert "--child" not in shown


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
        number = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            _listen(Kind(label), number)
    assert f"Port {number}, for {label}, is in use" in str(ended.value)
    assert f"another with {option}" in str(ended.value)


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


IGNORING = """
import os, signal, sys
for number in (signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
os.execv(sys.executable, [sys.executable, "-m", "flagdl.origin", *sys.argv[1:]])
"""


def test_a_signal_that_was_ignored_at_the_start_stays_ignored() -> None:
    with server_process(*FREE_PORTS, program=IGNORING) as process:
        printed = printed_urls(process)
        for number in (signal.SIGHUP, signal.SIGINT):
            process.send_signal(number)
        assert ask(flag_url(printed["LOCAL"], "br")).status == 200
        process.terminate()
        assert process.communicate(timeout=WITHIN) == ("", "")


def test_it_serves_whatever_becomes_of_its_output() -> None:
    command = 'exec "$0" -m flagdl.origin --ports "$1" 0 0 --lab-port 0 >/dev/full <&- 2>&-'
    with (
        reserved_port() as port,
        subprocess.Popen(
            ["sh", "-c", command, sys.executable, str(port)], cwd=ROOT, env=ENVIRONMENT
        ) as process,
    ):
        url = f"http://127.0.0.1:{port}/flags"
        wait_for(lambda: not refuses(url))
        assert ask(flag_url(url, "br")).status == 200
        process.terminate()
        assert process.wait(WITHIN) == 0
