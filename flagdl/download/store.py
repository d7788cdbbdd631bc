"""The directory of saved flags: one file per code, and no other record."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from uuid import uuid4

PARTIAL = ".part"
DELETED = ".deleted"
HEADER = 10  # bytes at the start of a GIF, with its width and height
# Links are not followed out of the directory, and a pipe must not block. Windows has no such flags.
FILES_ONLY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
# There is no such flag, or it can't be read. Other errors may be temporary.
NO_FLAG = {
    *(errno.ENOENT, errno.ENOTDIR),  # also if the directory is a file
    *(errno.ELOOP, errno.ENXIO),  # a link, a socket
    *(errno.EACCES, errno.EPERM),
}


@dataclass(frozen=True, slots=True)
class SavedFlag:
    """A flag on disk: sizes in bytes and pixels, times in nanoseconds since the epoch.

    `changed_at` is later than `saved_at` if the flag was deleted and restored.
    """

    cc: str
    bytes: int
    width: int
    height: int
    saved_at: int
    changed_at: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class FlagImage:
    """The image of a saved flag, `saved_at` in nanoseconds since the epoch."""

    cc: str
    data: bytes
    saved_at: int


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
        try:
            self._write(cc, image)
        except FileNotFoundError:
            # There is no directory yet, or a starting dashboard has just swept the partial file.
            self.directory.mkdir(parents=True, exist_ok=True)
            self._write(cc, image)

    def get(self, cc: str) -> SavedFlag | None:
        """Return a saved flag, or None if there is none."""
        if (found := self._read(cc, HEADER)) is None:
            return None
        header, stat = found
        # A GIF's size stands in bytes 6 to 9: two little-endian numbers.
        width, height = (int.from_bytes(header[i : i + 2], "little") for i in (6, 8))
        times = (stat.st_mtime_ns, stat.st_ctime_ns)
        return SavedFlag(cc.upper(), stat.st_size, width, height, *times)

    def read(self, cc: str) -> bytes | None:
        """Return the image of a flag; None if it is not saved."""
        image = self.image(cc)
        return image.data if image else None

    def image(self, cc: str) -> FlagImage | None:
        """Return a flag and its image; None if it is not saved."""
        if (found := self._read(cc)) is None:
            return None
        data, stat = found
        return FlagImage(cc.upper(), data, stat.st_mtime_ns)

    def __iter__(self) -> Iterator[SavedFlag]:
        """Yield every saved flag, in order of code."""
        for cc in sorted(path.stem for path in self._files("[a-z][a-z].gif")):
            if flag := self.get(cc):
                yield flag

    def delete(self, cc: str) -> bool:
        """Delete a flag, until `restore()` brings it back; returns whether there was one."""
        if self.get(cc) is None:
            return False
        try:
            self.path(cc).replace(self._aside(cc))
        except FileNotFoundError:  # another process was quicker
            return False
        return True

    def restore(self, cc: str) -> bool:
        """Bring a deleted flag back; returns whether there was one.

        A flag that was saved in the meantime is the newer one, and stays.
        """
        path, claimed = self.path(cc), self._partial(cc)
        try:
            self._aside(cc).replace(claimed)  # from here on, no other process finds it
        except (FileNotFoundError, NotADirectoryError):
            return False
        try:
            os.link(claimed, path)  # a rename would replace a newer flag
        except OSError:  # there is a newer one, or the file system has no links
            if not path.exists():
                claimed.replace(path)
        claimed.unlink(missing_ok=True)
        return True

    def _write(self, cc: str, image: bytes) -> None:
        partial = self._partial(cc)
        try:
            with partial.open("xb") as file:
                file.write(image)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path(cc))
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def _partial(self, cc: str) -> Path:
        return self.directory / f".{cc.lower()}.{uuid4().hex}{PARTIAL}"

    def _aside(self, cc: str) -> Path:
        return self.directory / f".{cc.lower()}.gif{DELETED}"

    def _files(self, pattern: str) -> list[Path]:
        try:
            return list(self.directory.glob(pattern))
        except PermissionError:  # a directory above can't be searched
            return []

    def _read(self, cc: str, size: int = -1) -> tuple[bytes, os.stat_result] | None:
        try:
            descriptor = os.open(self.path(cc), os.O_RDONLY | FILES_ONLY)
        except OSError as exc:
            if exc.errno in NO_FLAG:
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
        """Remove deleted flags and the partial files of killed processes."""
        for ending in (PARTIAL, DELETED):
            for path in self._files(f".*{ending}"):
                # A file that can't be removed does no harm.
                with suppress(OSError):
                    path.unlink()
