"""Whether some bytes are the whole image of a flag."""

import errno
import io
import threading
from contextlib import AbstractContextManager, nullcontext

from PIL import Image, ImageSequence, UnidentifiedImageError

# In all frames together. A frame can take 15 bytes and cost as much as the whole canvas: decoding a
# few kilobytes could take hours.
MAX_PIXELS = 1 << 23
LARGE = 1 << 20  # pixels; a usual flag has 77,000
TRAILER = b";"

_large = threading.Lock()


class ImageError(ValueError):
    """The bytes are not a flag; the message names the cause."""


def check_gif(data: bytes) -> None:
    """Decode every frame of a GIF; raises ImageError if one is broken.

    Decoding one frame is not enough: the first frame of a truncated animation is whole.
    """
    try:
        _decode(data)
    except ImageError:
        raise
    except UnidentifiedImageError as exc:
        raise ImageError("not a GIF") from exc
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise ImageError("too large") from exc
    except MemoryError as exc:
        raise ImageError("out of memory") from exc
    # Broken bytes can raise anything in Pillow, for example IndexError.
    except Exception as exc:
        if getattr(exc, "errno", None) in (errno.EMFILE, errno.ENFILE):
            raise ImageError("too many open files") from exc  # Pillow imports modules late
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
        # Pillow accepts a file that ends between two frames.
        if data[file.tell() - 1 : file.tell()] != TRAILER:
            raise ImageError("truncated")


def _room_for(pixels: int) -> AbstractContextManager[object]:
    """Wait while another large image is decoded: each takes much memory."""
    return _large if pixels > LARGE else nullcontext()
