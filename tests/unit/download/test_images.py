"""Whether bytes are the whole image of a flag."""

import errno
import io
import random
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from flagdl.download import images
from flagdl.download.images import ImageError, check_gif
from flagdl.origin.http import IMAGES_DIR
from tests.support.hostile import GIF
from tests.support.running import WITHIN


def encoded(kind: str, *, frames: int = 1, side: int = 50) -> bytes:
    rng = random.Random(1)
    images = [Image.frombytes("P", (side, side), rng.randbytes(side * side)) for _ in range(frames)]
    file = io.BytesIO()
    images[0].save(
        file, kind, **({"save_all": True, "append_images": images[1:]} if frames > 1 else {})
    )
    return file.getvalue()


ANIMATION = encoded("GIF", frames=3)


def gif(side: int, frames: int, frame_side: int = 1) -> bytes:
    """Return a small file that stands for a large image: black dots on a canvas."""
    canvas = b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<4H", 0, 0, frame_side, frame_side) + b"\0\x02\x02\x44\x01\0"
    return canvas + frames * frame + b";"


def cause(data: bytes) -> str:
    try:
        check_gif(data)
    except ImageError as exc:
        return str(exc)
    return "OK"


def test_every_flag_of_the_embedded_servers_passes() -> None:
    paths = list(IMAGES_DIR.glob("*.gif"))
    assert {cause(path.read_bytes()) for path in paths} == {"OK"}


def test_an_animation_passes() -> None:
    assert cause(ANIMATION) == "OK"


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", GIF[:12], b"<!doctype html>", b"\0" * 5000, b"GIF89a" + b"\0" * 5000,
     encoded("PNG"), b" " + GIF],
    ids=["nothing", "six bytes", "twelve", "HTML", "NULs", "GIF and NULs", "PNG", "shifted"],
)  # fmt: skip
def test_what_is_no_gif_is_called_that(data: bytes) -> None:
    assert cause(data) == "not a GIF"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "too many open files"),
        (OSError(errno.ENFILE, "Too many open files in system"), "too many open files"),
        (MemoryError(), "out of memory"),
        (OSError("image file is truncated"), "truncated"),
    ],
)
def test_what_the_machine_lacks_is_no_fault_of_the_image(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(Image, "open", fail)
    assert cause(GIF) == said


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.99])
def test_a_cut_image_is_truncated(part: float) -> None:
    assert cause(GIF[: int(len(GIF) * part)]) == "truncated"


def test_a_cut_animation_is_truncated_although_its_first_frame_is_whole() -> None:
    cut = ANIMATION[: len(ANIMATION) // 2]
    with Image.open(io.BytesIO(cut)) as image:
        image.load()
    assert cause(cut) == "truncated"


@pytest.mark.parametrize("frames", [1, 3])
def test_an_image_cut_anywhere_is_none(frames: int) -> None:
    image = encoded("GIF", frames=frames, side=4)
    assert cause(image) == cause(image + b"\r\n") == "OK"
    assert {cause(image[:end]) for end in range(len(image))} == {"not a GIF", "truncated"}
    # A block begins, but the rest of it is missing.
    assert {cause(image[:-1] + begun) for begun in (b"!", b",", b",\0")} == {"truncated"}


def test_large_images_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = threading.Event()

    @contextmanager
    def taken() -> Iterator[None]:
        waits.set()
        with lock:
            yield

    lock = threading.Lock()
    monkeypatch.setattr(images, "_large", taken())
    with ThreadPoolExecutor(2) as pool:
        with lock:
            large = pool.submit(cause, gif(2000, 1))
            assert waits.wait(WITHIN)
            assert pool.submit(cause, gif(500, 1)).result(WITHIN) == "OK"
            assert not large.done()
        assert large.result(WITHIN) == "OK"


@pytest.mark.parametrize(
    "data",
    [gif(65535, 1), gif(10_000, 1), gif(1, 1, 65535), gif(4096, 60_000)],
    ids=["huge", "large", "huge frame", "many frames"],
)
def test_a_small_file_of_a_large_image_is_refused_before_it_takes_time(data: bytes) -> None:
    assert len(data) < 1 << 20
    assert cause(data) == "too large"


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_broken_bytes_never_raise_anything_else(rng: random.Random) -> None:
    data = bytearray(rng.choice([GIF, ANIMATION]))
    for _ in range(rng.randint(1, 5)):
        at = rng.randrange(rng.choice([13, 800, len(data)]))
        match rng.randrange(3):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del data[at : at + rng.randint(1, 40)]
            case _:
                data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 8)))
    assert cause(bytes(data)) in {"OK", "not a GIF", "truncated", "too large"}
