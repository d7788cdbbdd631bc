"""The zip of saved flags: what other programs read from it, and how much memory it takes."""

import io
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from itertools import islice, product
from string import ascii_uppercase

import pytest

from flagdl.download.archive import zip_of
from flagdl.download.store import FlagImage

MIB = 1 << 20
SAVED_AT = 1_700_000_001  # 2023-11-14 22:13:21 UTC, an odd second


def read(images: list[FlagImage]) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(zip_of(images))))
    assert archive.testzip() is None
    return archive


def image(cc: str = "FR", data: bytes = b"GIF89a", seconds: float = SAVED_AT) -> FlagImage:
    return FlagImage(cc, data, int(seconds * 10**9))


def test_it_has_the_images_in_their_order() -> None:
    images = [image("FR", b"one"), image("BR", b""), image("ZZ", b"three")]
    with read(images) as archive:
        assert archive.namelist() == ["fr.gif", "br.gif", "zz.gif"]
        assert [archive.read(name) for name in archive.namelist()] == [b"one", b"", b"three"]
    with read([]) as archive:
        assert archive.namelist() == []


def test_everyone_may_read_an_entry() -> None:
    with read([image()]) as archive:
        [entry] = archive.infolist()
    assert (entry.external_attr >> 16, entry.create_system) == (0o100644, 3)


def test_an_entry_has_its_size_before_its_data() -> None:
    # Programs that read a zip from a pipe can't skip data of an unknown length.
    with read([image()]) as archive:
        assert not archive.infolist()[0].flag_bits & 0x08


@pytest.fixture(params=["UTC", "Asia/Kathmandu", "America/St_Johns"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_the_time_is_right_in_every_time_zone(zone: str) -> None:
    with read([image(seconds=SAVED_AT + 0.9)]) as archive:
        [entry] = archive.infolist()
    # Extended timestamp, 5 bytes, the time of the last change, seconds in UTC.
    assert entry.extra == b"UT\5\0\1" + SAVED_AT.to_bytes(4, "little"), zone
    # Programs that don't know this field read local time, in steps of two seconds.
    assert entry.date_time == time.localtime(SAVED_AT - 1)[:6]


@pytest.mark.parametrize(
    ("seconds", "year", "in_utc"),
    [
        (0, 1980, True),
        (-1.5, 1980, True),
        (-(2**40), 1980, False),
        (2**31 - 1, 2038, True),
        (2**31, 2038, False),
        (2**33, 2107, False),
    ],
)
def test_a_time_that_a_zip_cant_have_is_the_nearest(
    zone: str, seconds: float, year: int, in_utc: bool
) -> None:
    with read([image(seconds=seconds)]) as archive:
        [entry] = archive.infolist()
    assert (entry.date_time[0], bool(entry.extra)) == (year, in_utc), zone


def test_one_image_is_in_memory_at_a_time() -> None:
    codes = map("".join, islice(product(ascii_uppercase, repeat=2), 64))
    images = (image(cc, cc.encode() * (MIB // 2)) for cc in codes)
    tracemalloc.start()
    try:
        sent = sum(len(part) for part in zip_of(images))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > 64 * MIB
    assert peak < 5 * MIB
