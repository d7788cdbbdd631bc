"""Whether some bytes are the whole image of a flag."""

import io

from PIL import Image, UnidentifiedImageError

MAX_SIDE = 4096


class ImageError(ValueError):
    """The bytes are no flag; the message names the cause."""


def check_gif(data: bytes) -> None:
    """Decode every frame of a GIF; raises ImageError where that fails.

    All of them, because a cut animation has a whole first frame.
    """
    try:
        with Image.open(io.BytesIO(data), formats=["GIF"]) as image:
            if max(image.size) > MAX_SIDE:
                raise ImageError("too large")
            for frame in range(_frames(image)):
                image.seek(frame)
                image.load()
    except UnidentifiedImageError as exc:
        raise ImageError("not a GIF") from exc
    except (OSError, EOFError, SyntaxError, ValueError) as exc:
        if isinstance(exc, ImageError):
            raise
        raise ImageError("truncated") from exc


def _frames(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1))
