"""Saved flags as a zip that is written while it is sent."""

import struct
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import SEEK_SET, BytesIO
from stat import S_IFREG
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from flagdl.download.store import FlagImage

UNIX = 3  # the zip format's number for Unix: an entry has Unix file modes
MODE = S_IFREG | 0o644
# The first and last time that fit into a zip entry as local time, in every time zone.
FIRST, LAST = (datetime(*day, tzinfo=UTC).timestamp() for day in ((1980, 1, 2), (2107, 12, 30)))
INT32 = range(-(1 << 31), 1 << 31)  # the seconds that fit into the extra field, which has UTC
TIMESTAMP = 0x5455  # the extra field "extended timestamp"
MODIFIED = 1  # a flag in that field: only the time of the last change follows


class _Unsent(BytesIO):
    """What zipfile wrote since the last `take()`; positions count from the archive's start.

    So zipfile can go back to the header of an entry and complete it, as in a file.
    """

    def __init__(self) -> None:
        super().__init__()
        self._taken = 0

    def tell(self) -> int:
        return self._taken + super().tell()

    def seek(self, position: int, _from_start: int = SEEK_SET) -> int:
        return self._taken + super().seek(position - self._taken)

    def take(self) -> bytes:
        taken = self.getvalue()
        self._taken += len(taken)
        super().seek(0)
        self.truncate()
        return taken


def zip_of(images: Iterable[FlagImage]) -> Iterator[bytes]:
    """Yield a zip in parts, one for each image: never more than one image is in memory.

    An image is not compressed again: a GIF is compressed already.
    """
    unsent = _Unsent()
    with ZipFile(unsent, "w", ZIP_STORED) as archive:
        for image in images:
            archive.writestr(_entry(image), image.data)
            yield unsent.take()
    yield unsent.take()


def _entry(image: FlagImage) -> ZipInfo:
    """Return an entry's head: readable by all, with the time when the flag was saved.

    A zip has local times. Programs that know the extra field, such as unzip, use its UTC.
    """
    seconds = image.saved_at // 10**9
    local = time.localtime(min(max(seconds, FIRST), LAST))
    entry = ZipInfo(f"{image.cc.lower()}.gif", local[:6])
    entry.create_system = UNIX
    entry.external_attr = MODE << 16
    if seconds in INT32:
        entry.extra = struct.pack("<HHBl", TIMESTAMP, 5, MODIFIED, seconds)
    return entry
