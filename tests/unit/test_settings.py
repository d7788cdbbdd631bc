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
    "value", ["x", "-1", "65536", "8e3", "8_000", " 80", "٨٠", "²", "0x50", "9" * 5000]
)
def test_a_number_that_is_none_is_named_with_its_range(value: str) -> None:
    with pytest.raises(SettingsError, match="FLAGDL_PORT must be a whole number from 0 to 65535, "):
        Settings.from_environment({"FLAGDL_PORT": value})
