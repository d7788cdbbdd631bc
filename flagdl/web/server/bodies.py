"""How long the body of a request may be: a longer one is left unread, and refused."""

from flagdl.model.log import MOST_BYTES

BODY_LIMIT = 16 * 1024  # bytes
# The paths that take a log. A form adds some bytes around the log.
LIMITS = {"/api/jobs/import": MOST_BYTES, "/jobs/import": MOST_BYTES + BODY_LIMIT}


def body_limit(path: str) -> int:
    """Return how many bytes the body of a request to a path may have."""
    return LIMITS.get(path.rstrip("/"), BODY_LIMIT)
