"""Whether some bytes are the whole image of a flag."""

import io
import threading
from contextlib import AbstractContextManager, nullcontext

from PIL import Image, ImageSequence, UnidentifiedImageError

# Of all frames together. A frame costs as much as the whole canvas, and no more than 15 bytes: an
# animation of a few kilobytes could keep a worker busy for hours.
MAX_PIXELS = 1 << 23
LARGE = 1 << 20  # pixels; a usual flag has 77,000
TRAILER = b";"

_large = threading.Lock()


class ImageError(ValueError):
    """The bytes are no flag; the message names the cause."""


def check_gif(data: bytes) -> None:
    """Decode every frame of a GIF; raises ImageError where that fails.

    All of them, because a cut animation has a whole first frame.
    """
    try:
        _decode(data)
    except ImageError:
        raise
    except UnidentifiedImageError as exc:
        raise ImageError("not a GIF") from exc
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise ImageError("too large") from exc
    # Pillow says of no exception that broken bytes won't raise it: IndexError is one that they do.
    except Exception as exc:
        raise ImageError("truncated") from exc


def _decode(data: bytes) -> None:
    pixels = 0
    file = io.BytesIO(data)
    with Image.open(file, formats=["GIF"]) as image, _room_for(image.width * image.height):
        for frame in ImageSequence.Iterator(image):
            pixels += frame.width * frame.height
            if pixels > MAX_PIXELS:
                raise ImageError("too large")
            frame.load()
        # To Pillow a file that ends between two frames is whole.
        if data[file.tell() - 1 : file.tell()] != TRAILER:
            raise ImageError("truncated")


def _room_for(pixels: int) -> AbstractContextManager[object]:
    """Wait where an image takes much memory, so that no other does at the same time."""
    return _large if pixels > LARGE else nullcontext()
