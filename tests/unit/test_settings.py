"""Settings from the environment."""

from dataclasses import fields
from pathlib import Path

import pytest

from flagdl.settings import Settings, SettingsError


def test_nothing_set_gives_the_defaults() -> None:
    assert Settings.from_environment({}) == Settings()
    assert Settings().port == 8000
    assert Settings().host == "127.0.0.1"


def test_every_variable_is_read() -> None:
    environment = {
        "FLAGDL_HOST": "::1",
        "FLAGDL_PORT": "0",
        "FLAGDL_DOWNLOADS": "/d",
        "FLAGDL_HISTORY": "/h.sqlite3",
        "FLAGDL_SERVERS": "/s.toml",
        "FLAGDL_CLUSTER": "local:4",
        "FLAGDL_TRUSTED_HOSTS": "a.example, b.example c.example",
        "FLAGDL_PROXIES": "2",
        "FLAGDL_CHANGES_A_MINUTE": "3",
        "FLAGDL_TIMEOUT": "60",
        "FLAGDL_MAX_RUNNING": "1",
        "FLAGDL_MAX_WAITING": "0",
        "FLAGDL_MAX_JOBS": "7",
        "FLAGDL_MAX_WATCHERS": "9",
    }
    assert {f"FLAGDL_{field.name.upper()}" for field in fields(Settings)} == set(environment)
    settings = Settings.from_environment({**environment, "PORT": "80"})
    assert settings == Settings(
        host="::1",
        port=0,
        downloads=Path("/d"),
        history=Path("/h.sqlite3"),
        servers=Path("/s.toml"),
        cluster="local:4",
        trusted_hosts=("a.example", "b.example", "c.example"),
        proxies=2,
        changes_a_minute=3,
        timeout=60,
        max_running=1,
        max_waiting=0,
        max_jobs=7,
        max_watchers=9,
    )


def test_an_empty_variable_counts_as_not_set() -> None:
    empty = {"FLAGDL_PORT": "", "FLAGDL_DOWNLOADS": "", "FLAGDL_SERVERS": ""}
    assert Settings.from_environment(empty) == Settings()


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "-1",
        "65536",
        "8e3",
        "8_000",
        "٨٠",
        "²",
        "0x50",
        "9" * 5000,
        "8000/tcp",
        "yes",
        "http://127.0.0.1:8000",
        "tcp://10.0.0.1:8000",
    ],
)
def test_a_number_that_is_none_is_named_with_its_range(value: str) -> None:
    with pytest.raises(SettingsError, match="FLAGDL_PORT must be a whole number from 0 to 65535, "):
        Settings.from_environment({"FLAGDL_PORT": value})


@pytest.mark.parametrize("value", ["local:2", "local:64", "tcp://scheduler:8786", "tls://[::1]:1"])
def test_a_cluster_is_a_scheduler_or_a_number_of_processes(value: str) -> None:
    assert Settings.from_environment({"FLAGDL_CLUSTER": value}).cluster == value


@pytest.mark.parametrize(
    "value",
    ["local", "local:0", "local:999", "scheduler:8786", "http://a:1", "tcp://::1:8786",
     "tcp://:5:9", "tcp://[::1:5"],
)  # fmt: skip
def test_a_cluster_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="FLAGDL_CLUSTER must be tcp://scheduler:8786, or"):
        Settings.from_environment({"FLAGDL_CLUSTER": value})


@pytest.mark.parametrize("value", [" 80 ", "80\n", '"80"', "'80'", ' " 80 " '])
def test_blanks_and_quotes_around_a_value_are_no_part_of_it(value: str) -> None:
    assert Settings.from_environment({"FLAGDL_PORT": value}).port == 80


@pytest.mark.parametrize(
    ("value", "host"),
    [("localhost", "localhost"), (" 0.0.0.0 ", "0.0.0.0"), ("[::1]", "::1"), ("::", "::"),
     ("fe80::1%eth0", "fe80::1%eth0"), ("my-host.example.", "my-host.example.")],
)  # fmt: skip
def test_a_host_may_have_brackets(value: str, host: str) -> None:
    assert Settings.from_environment({"FLAGDL_HOST": value}).host == host


@pytest.mark.parametrize(
    "value",
    ["http://localhost", "localhost:8000", "[::1]:80", "*", "a b", "-x", "a_b", "ü.example", "/"],
)
def test_a_host_that_is_none_is_refused_with_what_would_be_right(value: str) -> None:
    with pytest.raises(
        SettingsError, match=r"FLAGDL_HOST must be an address .* without a port, not"
    ):
        Settings.from_environment({"FLAGDL_HOST": value})


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        ("https://flags.example/", ("flags.example",)),
        (
            "flags.example:8443, Other.example;third.example",
            ("flags.example", "other.example", "third.example"),
        ),
        ('".flags.example"', (".flags.example",)),
        ("[::1]:8000 fd00::7 10.0.0.7:80", ("[::1]", "[fd00::7]", "10.0.0.7")),
        (" , ", ()),
    ],
)
def test_of_a_trusted_address_the_host_counts(value: str, hosts: tuple[str, ...]) -> None:
    assert Settings.from_environment({"FLAGDL_TRUSTED_HOSTS": value}).trusted_hosts == hosts


@pytest.mark.parametrize(
    "value", ["*", "a_b.example", "a.example,*.b.example", "http://[::1", "ü.example", "http://"]
)
def test_a_trusted_host_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="FLAGDL_TRUSTED_HOSTS must be host names as "):
        Settings.from_environment({"FLAGDL_TRUSTED_HOSTS": value})


@pytest.mark.parametrize("name", ["DOWNLOADS", "HISTORY", "SERVERS"])
@pytest.mark.parametrize(
    "value", ["~/my flags", "$HOME/my flags", "${HOME}/my flags", "'~/my flags'\n"]
)
def test_a_path_may_be_written_as_in_a_shell(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    settings = Settings.from_environment({f"FLAGDL_{name}": value})
    assert getattr(settings, name.lower()) == Path("/home/me/my flags")


def test_a_downloads_directory_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name, problem in {
        str(tmp_path / "file"): "is not a directory",
        str(tmp_path / "link"): "is a link that leads nowhere",
        "x" * 300: "File name too long",
        "one\ntwo": "must be one line of text",
    }.items():
        with pytest.raises(SettingsError, match=f"FLAGDL_DOWNLOADS.* {problem}"):
            Settings.from_environment({"FLAGDL_DOWNLOADS": name})
    new = str(tmp_path / "new" / "flags")
    assert Settings.from_environment({"FLAGDL_DOWNLOADS": new}).downloads == Path(new)


def test_a_variable_that_is_no_setting_is_named(caplog: pytest.LogCaptureFixture) -> None:
    Settings.from_environment({"FLAGDL_DOWNLOAD": "x", "FLAGDL_XYZZY": "x", "FLAGDL_PORT": "80",
                               "FLAGDL_CHROMIUM": "/usr/bin/chromium", "OTHER": "x"})  # fmt: skip
    assert caplog.messages == [
        "FLAGDL_DOWNLOAD is not a setting of flagdl: is FLAGDL_DOWNLOADS meant?",
        "FLAGDL_XYZZY is not a setting of flagdl",
    ]
