"""The embedded flag servers by label, and what a job does unless it says otherwise."""

DEFAULT_SERVER = "LOCAL"
LAB = "LAB"


def N_(sentence: str) -> str:  # noqa: N802 - the name that translators' tools look for
    """Return a sentence as it is: it is translated where it is shown."""
    return sentence


EMBEDDED = {
    "LOCAL": N_("at once"),
    "DELAY": N_("half a second each"),
    "ERROR": N_("a quarter fails"),
    LAB: N_("as you set it"),
}


def default_attempts(label: str) -> int:
    """Return how often a flag is tried: the embedded servers exist to show their faults."""
    return 1 if label in EMBEDDED else 3
