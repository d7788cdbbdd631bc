"""The directory of saved flags: one file per code, and no other record of them."""

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from uuid import uuid4

PARTIAL = ".part"
HEADER = 10  # bytes: of a GIF, up to its size
# A link in the directory must not lead readers out of it, nor a pipe keep them waiting; Windows
# lacks the flags, and mostly the things.
FILES_ONLY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


@dataclass(frozen=True, slots=True)
class SavedFlag:
    """A flag on disk: sizes in bytes and pixels, `saved_at` in seconds since the epoch."""

    cc: str
    bytes: int
    width: int
    height: int
    saved_at: float


class FlagStore:
    """Saves flags into a directory so that no reader ever sees half a file.

    The directory is the only state: safe from any thread, and from several processes.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, cc: str) -> Path:
        """Return where the flag of `cc` is, or would be."""
        return self.directory / f"{cc.lower()}.gif"

    def save(self, cc: str, image: bytes) -> None:
        """Write or replace a flag in one step; raises OSError and leaves what was there."""
        self.directory.mkdir(parents=True, exist_ok=True)
        partial = self.directory / f".{cc.lower()}.{uuid4().hex}{PARTIAL}"
        try:
            with partial.open("xb") as file:
                file.write(image)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path(cc))
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def get(self, cc: str) -> SavedFlag | None:
        """Return what is known of a saved flag, or None where there is none."""
        if (found := self._read(cc, HEADER)) is None:
            return None
        header, stat = found
        # A GIF's size stands in bytes 6 to 9: two little-endian numbers.
        width, height = (int.from_bytes(header[i : i + 2], "little") for i in (6, 8))
        return SavedFlag(cc.upper(), stat.st_size, width, height, stat.st_mtime)

    def read(self, cc: str) -> bytes | None:
        """Return the image of a saved flag, or None where there is none."""
        found = self._read(cc)
        return found and found[0]

    def __iter__(self) -> Iterator[SavedFlag]:
        """Yield every saved flag, in order of code."""
        for path in sorted(self.directory.glob("[a-z][a-z].gif")):
            if flag := self.get(path.stem):
                yield flag

    def delete(self, cc: str) -> bool:
        """Remove a flag; returns whether there was one."""
        try:
            self.path(cc).unlink()
        except FileNotFoundError:
            return False
        return True

    def _read(self, cc: str, size: int = -1) -> tuple[bytes, os.stat_result] | None:
        try:
            descriptor = os.open(self.path(cc), os.O_RDONLY | FILES_ONLY)
        except FileNotFoundError:
            return None
        except OSError as exc:
            if exc.errno == errno.ELOOP:
                return None
            raise
        try:
            stat = os.fstat(descriptor)
            if not S_ISREG(stat.st_mode):
                return None
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read(size), stat
        finally:
            os.close(descriptor)

    def sweep(self) -> None:
        """Remove what a killed process left half-written: call it when nothing saves."""
        for path in self.directory.glob(f".*{PARTIAL}"):
            path.unlink(missing_ok=True)
