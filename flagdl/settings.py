"""Settings: environment variables with the prefix FLAGDL_, as the README's table shows them."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from flagdl.model.parsing import whole_number

PREFIX = "FLAGDL_"


class SettingsError(Exception):
    """A setting can't be used; the message names the variable and what it must be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where flagdl listens, where it keeps things, and its limits (counts; `timeout`: seconds)."""

    host: str = "127.0.0.1"
    port: int = 8000
    downloads: Path = Path("downloads")
    history: Path = Path("instance/history.sqlite3")
    servers: Path | None = None
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    changes_a_minute: int = 240
    timeout: int = 30
    max_running: int = 4
    max_waiting: int = 20
    max_jobs: int = 1000
    max_watchers: int = 200

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the variables that are set; raises SettingsError for one that can't be used."""

        def text(name: str, default: str) -> str:
            return environment.get(PREFIX + name) or default

        def number(name: str, default: int, least: int, most: int) -> int:
            value = text(name, str(default))
            found = whole_number(value)
            if found is None or not least <= found <= most:
                raise SettingsError(
                    f"{PREFIX}{name} must be a whole number from {least} to {most}, not {value!r}"
                )
            return found

        default = cls()
        servers = text("SERVERS", "")
        return cls(
            host=text("HOST", default.host),
            port=number("PORT", default.port, 0, 65535),
            downloads=Path(text("DOWNLOADS", str(default.downloads))),
            history=Path(text("HISTORY", str(default.history))),
            servers=Path(servers) if servers else None,
            trusted_hosts=tuple(text("TRUSTED_HOSTS", "").replace(",", " ").split()),
            proxies=number("PROXIES", default.proxies, 0, 10),
            changes_a_minute=number("CHANGES_A_MINUTE", default.changes_a_minute, 1, 1_000_000),
            timeout=number("TIMEOUT", default.timeout, 1, 3600),
            max_running=number("MAX_RUNNING", default.max_running, 1, 100),
            max_waiting=number("MAX_WAITING", default.max_waiting, 0, 1000),
            max_jobs=number("MAX_JOBS", default.max_jobs, 1, 100_000),
            max_watchers=number("MAX_WATCHERS", default.max_watchers, 1, 2000),
        )


def variables() -> Iterator[str]:
    """Yield each variable with its default, as a shell would set it."""
    for name, default in asdict(Settings()).items():
        yield f"  {PREFIX}{name.upper()}={'' if default in (None, ()) else default}"
