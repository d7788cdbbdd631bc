"""The embedded flag servers by label, and what a job does unless it says otherwise."""

DEFAULT_SERVER = "LOCAL"
LAB = "LAB"


def N_(sentence: str) -> str:  # noqa: N802 - the name that translators' tools look for
    """Return a sentence as it is: it is translated where it is shown."""
    return sentence


EMBEDDED = {
    "LOCAL": N_("answers at once"),
    "DELAY": N_("answers after half a second"),
    "ERROR": N_("fails a quarter of the requests and delays half of the rest"),
    LAB: N_("answers as you set it"),
}


def default_attempts(label: str) -> int:
    """Return how often a flag is tried: the embedded servers exist to show their faults."""
    return 1 if label in EMBEDDED else 3
