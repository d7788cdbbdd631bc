"""How long the body of a request may be: one that is longer is left unread, and refused."""

from flagdl.model.log import MOST_BYTES

BODY_LIMIT = 16 * 1024  # bytes
# Those that bring a log. In a form, it has a frame.
LIMITS = {"/api/jobs/import": MOST_BYTES, "/jobs/import": MOST_BYTES + BODY_LIMIT}


def body_limit(path: str) -> int:
    """Return how many bytes the body of a request to a path may have."""
    return LIMITS.get(path, BODY_LIMIT)
