"""Settings: environment variables with the prefix FLAGDL_, as the README's table shows them."""

import ipaddress
import logging
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from flagdl.model.parsing import whole_number

log = logging.getLogger(__name__)

PREFIX = "FLAGDL_"
CHROMIUM = "CHROMIUM"  # a variable of the tests, not a setting
CLUSTER = re.compile(r"(tcp|tls)://(\[[^\s/\[\]]+\]|[^\s/:\[\]]+):\d+|local:[1-9]\d?", re.ASCII)
HOST = re.compile(r"[a-z\d]([a-z\d.-]*[a-z\d])?\.?", re.ASCII | re.IGNORECASE)


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
    cluster: str = ""
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
        read = _Reader(environment)
        default = cls()
        servers = read.text("SERVERS") and read.path("SERVERS", Path())
        settings = cls(
            host=read.host("HOST", default.host),
            port=read.number("PORT", default.port, 0, 65535),
            downloads=_usable(read.path("DOWNLOADS", default.downloads)),
            history=read.path("HISTORY", default.history),
            servers=servers or None,
            cluster=read.cluster("CLUSTER"),
            trusted_hosts=read.hosts("TRUSTED_HOSTS"),
            proxies=read.number("PROXIES", default.proxies, 0, 10),
            changes_a_minute=read.number(
                "CHANGES_A_MINUTE", default.changes_a_minute, 1, 1_000_000
            ),
            timeout=read.number("TIMEOUT", default.timeout, 1, 3600),
            max_running=read.number("MAX_RUNNING", default.max_running, 1, 100),
            max_waiting=read.number("MAX_WAITING", default.max_waiting, 0, 1000),
            max_jobs=read.number("MAX_JOBS", default.max_jobs, 1, 100_000),
            max_watchers=read.number("MAX_WATCHERS", default.max_watchers, 1, 2000),
        )
        _warn_of_unknown(environment)
        return settings


class _Reader:
    """Reads variables as people write them: with blanks around, in quotes, with ~ and $HOME."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str, default: str = "") -> str:
        value = self._environment.get(PREFIX + name, "").strip()
        # Files for Docker and systemd keep the quotes of a shell.
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1].strip()
        if any(unicodedata.category(character) == "Cc" for character in value):
            raise SettingsError(f"{PREFIX}{name} must be one line of text, not {value!r}")
        return value or default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name, str(default))
        found = whole_number(value)
        if found is None or not least <= found <= most:
            raise SettingsError(
                f"{PREFIX}{name} must be a whole number from {least} to {most}, not {value!r}"
            )
        return found

    def path(self, name: str, default: Path) -> Path:
        value = self.text(name, str(default))
        return Path(os.path.expanduser(os.path.expandvars(value)))  # noqa: PTH111 - never raises

    def host(self, name: str, default: str) -> str:
        value = self.text(name, default)
        found = value[1:-1] if value.startswith("[") and value.endswith("]") else value
        if HOST.fullmatch(found) or _is_ipv6(found):
            return found
        raise SettingsError(
            f"{PREFIX}{name} must be an address of this machine as 127.0.0.1, ::1 or localhost,"
            f" without a port, not {value!r}"
        )

    def cluster(self, name: str) -> str:
        value = self.text(name)
        if value and not CLUSTER.fullmatch(value):
            raise SettingsError(
                f"{PREFIX}{name} must be tcp://scheduler:8786, or local:4 for four processes of"
                f" this machine, not {value!r}"
            )
        return value

    def hosts(self, name: str) -> tuple[str, ...]:
        return tuple(
            self._host_of(name, each) for each in re.split(r"[,;\s]+", self.text(name)) if each
        )

    def _host_of(self, name: str, address: str) -> str:
        """Return the host of an address that may have a scheme, a port and a path."""
        if _is_ipv6(address):
            return f"[{address}]"
        try:
            found = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        except ValueError:
            found = ""
        if _is_ipv6(found):
            return f"[{found}]"
        if HOST.fullmatch(found.removeprefix(".")):
            return found
        raise SettingsError(
            f"{PREFIX}{name} must be host names as flags.example.com, not {address!r}"
        )


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _usable(downloads: Path) -> Path:
    """Return a directory that is there or can be made; raises SettingsError."""
    try:
        # Path.is_dir() hides the reason: since Python 3.14 it answers False after any error.
        if stat.S_ISDIR(downloads.stat().st_mode):
            return downloads
        problem = "is not a directory"
    except FileNotFoundError:
        if not downloads.is_symlink():
            return downloads
        problem = "is a link that leads nowhere"
    except OSError as exc:
        problem = f"can't be used: {exc.strerror}"
    raise SettingsError(f"{PREFIX}DOWNLOADS: {str(downloads)[:200]} {problem}")


def _warn_of_unknown(environment: Mapping[str, str]) -> None:
    known = [field.name.upper() for field in fields(Settings)]
    for variable in environment:
        name = variable.removeprefix(PREFIX)
        if variable.startswith(PREFIX) and name not in (*known, CHROMIUM):
            similar = get_close_matches(name, known, 1)
            hint = f": is {PREFIX}{similar[0]} meant?" if similar else ""
            log.warning("%s is not a setting of flagdl%s", variable, hint)


def variables() -> Iterator[str]:
    """Yield each variable with its default, as a shell would set it."""
    for name, default in asdict(Settings()).items():
        yield f"  {PREFIX}{name.upper()}={'' if default in (None, ()) else default}"
