"""What the command says about its options, and about options that it can't use."""

import subprocess
from collections.abc import Callable

import pytest

from flagdl.terminal.cli import main
from tests.support.terminals import Cli

Run = Callable[..., subprocess.CompletedProcess[str]]
SERVERS = "DELAY, ERROR, LAB, LOCAL, REMOTE"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-m", "0"], "--max_req CONCURRENT must be >= 1"),
        (["-m", "-5"], "--max_req CONCURRENT must be >= 1"),
        (["-m", "1001"], "--max_req CONCURRENT must be <= 1000"),
        (["-l", "0"], "--limit N must be >= 1"),
        (["-l", "1001"], "--limit N must be <= 1000"),
        (["-s", "NOWHERE"], f"--server LABEL must be one of {SERVERS}"),
        (["-s", "http://localhost"], f"--server LABEL must be one of {SERVERS}"),
        (["fra"], "each CC argument must be A to Z or AA to ZZ, not 'fra'."),
        (["fr", "../x"], "each CC argument must be A to Z or AA to ZZ, not '../x'."),
        (["\33[2J"], "each CC argument must be A to Z or AA to ZZ, not '\\x1b[2J'."),
        ([""], "each CC argument must be A to Z or AA to ZZ, not ''."),
        (
            ["--strategy", "x"],
            "--strategy NAME must be one of as_completed, asyncio, map, sequential",
        ),
        (["--attempts", "11"], "--attempts N must be <= 10"),
        (["-s", "LAB", "--delay", "-1"], "--delay SECONDS must be a number from 0 to 5"),
        (["-s", "LAB", "--spread", "1.1"], "--spread FRACTION must be a number from 0 to 1"),
        (["-s", "LAB", "--errors", "1e400"], "--errors FRACTION must be a number from 0 to 1"),
        (["-s", "LAB", "--seed", "-1"], "--seed N must be a whole number from 0 to 999999999"),
        (["--delay", "1"], "--delay SECONDS is for the server LAB only"),
        (["-s", "DELAY", "--seed", "7"], "--seed N is for the server LAB only"),
        (["-a", "BR"], "--all takes no CC argument."),
        (["b", "CN", "--every"], "--every takes no CC argument."),
        (["-a", ""], "--all takes no CC argument."),
    ],
)
def test_usage_errors_have_the_books_words(
    args: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args) == 2
    error, usage = capsys.readouterr().out.split("\n", 1)
    assert error == f"*** Usage error: {message}"
    assert usage.startswith("usage: python -m flagdl ")


def test_a_cluster_is_offered_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--executor", "CLUSTER"])
    assert "needs a cluster: set FLAGDL_CLUSTER" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "--executor" not in capsys.readouterr().out
    monkeypatch.setenv("FLAGDL_CLUSTER", "local:1")
    assert main(["--executor", "cluster", "--strategy", "asyncio"]) == 2
    error = capsys.readouterr().out.splitlines()[0]
    assert error.startswith("*** Usage error: --executor NAME can't be cluster with asyncio: ")


def test_one_list_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["-e", "-a"])
    assert caught.value.code == 2
    assert "argument -a/--all: not allowed with argument -e/--every" in capsys.readouterr().err


def test_a_usage_error_ends_the_process_with_2_whatever_letters_a_terminal_has(cli: Cli) -> None:
    cli.environment["PYTHONIOENCODING"] = "ascii"
    done = cli.run("frü")
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("*** Usage error: each CC argument")
    assert "not 'fr\\xfc'" in done.stdout
    assert not cli.downloads.exists()


@pytest.mark.parametrize("number", ["1_000", "١٢", "1.5", "", " 5", "+5", "9" * 5000])
@pytest.mark.parametrize("option", ["--limit", "--seed"])
def test_what_is_no_whole_number_is_refused(
    option: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main([option, number])
    assert caught.value.code == 2
    assert "is not a whole number" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["1_0", "٠.٢", "nan", "inf", "", " 0.5", "0,5", "half"])
@pytest.mark.parametrize("option", ["--delay", "--spread", "--errors"])
def test_what_is_no_number_is_refused(
    option: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["-s", "LAB", option, number])
    assert caught.value.code == 2
    assert f"argument {option}: {number!r} is not a number" in capsys.readouterr().err


def test_settings_that_cant_be_used(cli: Cli, called: Run) -> None:
    cli.set(port="x")
    done = called()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("*** FLAGDL_PORT must be a whole number")


def test_a_servers_file_that_cant_be_used(cli: Cli, called: Run) -> None:
    cli.knows(mine="ftp://x/{cc}")
    done = called()
    assert (done.returncode, done.stdout) == (2, "")
    assert "mine must be an http:// or https:// address" in done.stderr


def test_help_names_every_option_and_the_users_servers(cli: Cli, called: Run) -> None:
    cli.knows(mine="http://x/{cc}")
    done = called("--help")
    assert done.returncode == 0
    for option in ("CC", "--all", "--every", "--limit N", "--max_req CONCURRENT", "--server LABEL",
                   "--verbose", "--strategy NAME", "--attempts N", "MINE", "--delay SECONDS",
                   "--spread FRACTION", "--errors FRACTION", "--seed N",
                   "the server LAB: as you set it"):  # fmt: skip
        assert option in done.stdout
