"""Flag servers by label: the embedded ones, the book's, and the user's own."""

import threading
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import ascii_letters
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from flagdl.model.embedded import EMBEDDED, LAB, N_
from flagdl.model.lab import Lab
from flagdl.origin.process import OriginProcess

LAYOUT = "/{cc}/{cc}.gif"
ATTEMPT = "&attempt={attempt}"
REMOTE = "https://www.fluentpython.com/data/flags" + LAYOUT
SUMMARIES = {**EMBEDDED, "REMOTE": N_("the internet")}


class ServersFileError(Exception):
    """The file of further servers can't be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A flag server: `template` is its URL with {cc} for the code in lower case.

    LAB's template ends with {attempt}. `slowest` is the longest delay on purpose, in seconds.
    """

    template: str
    slowest: float = 0

    @property
    def site(self) -> str:
        """The base URL for the report, without a password."""
        parts = urlsplit(self.template.removesuffix(ATTEMPT).removesuffix(LAYOUT))
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def url(self, cc: str, attempt: int = 1) -> str:
        """Return the address of the flag of `cc`; attempts at it are counted from 1."""
        return self.template.format(cc=cc.lower(), attempt=attempt)


class Servers(Collection[str]):
    """The labels of all servers that a job may name; safe from any thread.

    Owns the process of the embedded ones.
    """

    def __init__(self, own: Mapping[str, str] | None = None) -> None:
        self._templates = {"REMOTE": REMOTE, **(own or {})}
        self._origin = OriginProcess()

    def __iter__(self) -> Iterator[str]:
        return iter([*EMBEDDED, *self._templates])

    def __len__(self) -> int:
        return len(EMBEDDED) + len(self._templates)

    def __contains__(self, label: object) -> bool:
        return label in EMBEDDED or label in self._templates

    def resolve(
        self, label: str, lab: Lab | None = None, cancel: threading.Event | None = None
    ) -> Server:
        """Return a server; may wait for the process of the embedded ones. `lab` is for LAB.

        Raises `flagdl.origin.process.OriginError` if they can't be started, and Cancelled if
        `cancel` is set before they listen.
        """
        if label not in EMBEDDED:
            return Server(self._templates[label])
        template = self._origin.urls(cancel)[label] + LAYOUT
        if label != LAB:
            return Server(template)
        lab = lab or Lab()
        return Server(f"{template}?{lab.query}{ATTEMPT}", lab.slowest)

    def summary(self, label: str) -> str:
        """Say in a few words what a server does; for one of the user's own, where it is."""
        return SUMMARIES.get(label) or Server(self._templates[label]).site

    def warm_up(self) -> None:
        """Start the embedded servers without waiting for them."""
        self._origin.start()

    def close(self) -> None:
        """Stop the embedded servers; may be called twice."""
        self._origin.close()


def read_servers_file(path: Path) -> dict[str, str]:
    """Return label → URL template from a TOML file with a table `[servers]`.

    Raises ServersFileError where the file can't be read or an entry can't be used.
    """
    try:
        # Some editors put a byte order mark before the text.
        table = tomllib.loads(path.read_text("utf-8-sig")).get("servers", {})
    # ValueError: no UTF-8, no TOML, or a number of thousands of digits. RecursionError: nested.
    except (OSError, ValueError, RecursionError) as exc:
        cause = exc.strerror if isinstance(exc, OSError) else exc
        raise ServersFileError(f"{path} (FLAGDL_SERVERS): {cause}") from exc
    if not isinstance(table, dict):
        raise ServersFileError(f"{path}: 'servers' must be a table of label = URL")
    own: dict[str, str] = {}
    for name, url in table.items():
        label = _label(path, name)
        if label in own:
            raise ServersFileError(f"{path}: {name!r} is there twice, in another case")
        own[label] = _template(path, name, url)
    return own


def _label(path: Path, label: str) -> str:
    if not label or set(label) - set(ascii_letters + "0123456789_-"):
        raise ServersFileError(f"{path}: {label!r} is not a label: use letters, digits, - and _")
    if label.upper() in (*EMBEDDED, "REMOTE"):
        raise ServersFileError(f"{path}: {label!r} is the name of a built-in server")
    return label.upper()


def _template(path: Path, label: str, url: object) -> str:
    if not isinstance(url, str) or not _is_address(url):
        raise ServersFileError(f"{path}: {label} must be an http:// or https:// address")
    rest = url.replace("{cc}", "")
    if rest == url or "{" in rest or "}" in rest:
        raise ServersFileError(f"{path}: {label} must have {{cc}} where the code goes")
    return url


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # ValueError: a password that HTTP can't send, a wrong port or a wrong host name.
        unquote(parts.netloc.rpartition("@")[0]).encode("latin-1")
        located = parts.port != 0 and (parts.hostname or "*").encode("idna")[:1] != b"*"
    except ValueError:
        return False
    # If parsers read an address in different ways, another server than the shown one may be asked.
    is_plain = url.isprintable() and not set(url) & set(" \\#") and parts.netloc.count("@") <= 1
    is_host = "%" not in (parts.hostname or "") and normalize("NFKC", parts.netloc) == parts.netloc
    return located and is_plain and is_host and parts.scheme in ("http", "https")
