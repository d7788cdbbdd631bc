"""A promise in seconds can be broken, but not by a machine that stands still."""

import signal
import subprocess
import sys
import threading

import pytest

from tests.support.promises import at_most
from tests.support.running import ROOT, WITHIN

STOPPED = """
from tests.support.promises import at_most

with at_most(0.5):
    print("ready", flush=True)
    input()
"""


def test_a_promise_can_be_broken() -> None:
    with pytest.raises(AssertionError, match="it took"), at_most(0.1):
        threading.Event().wait(0.2)


def test_time_in_which_nothing_runs_does_not_count() -> None:
    command = [sys.executable, "-c", STOPPED]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGSTOP)
        threading.Event().wait(1)  # in real time, which is what this is about
        process.send_signal(signal.SIGCONT)
        process.communicate("\n", WITHIN)
    assert process.returncode == 0
