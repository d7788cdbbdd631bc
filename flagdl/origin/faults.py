"""Which request meets which fault: pure functions of seed, server, code, and visit or attempt."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from flagdl.model.lab import Lab

DEFAULT_DELAY = 0.5
DEFAULT_ERROR_RATE = 0.25
# Chosen because its first draws are near the promised rates, for the 20 default codes (5 fail, 7
# wait) and for all 676 (166 fail, 254 wait).
DEFAULT_SEED = 146
MAX_DELAY = 3600
SEEDS = range(10**18)


class Kind(StrEnum):
    """The flag servers, by their labels."""

    LOCAL = "LOCAL"
    DELAY = "DELAY"
    ERROR = "ERROR"
    LAB = "LAB"


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request: it waits `delay` seconds, and then it fails or not."""

    delay: float = 0.0
    fails: bool = False


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """How slow DELAY and ERROR are, and how faulty; `delay` in seconds, `error_rate` from 0 to 1.

    Raises ValueError where one of them is out of range.
    """

    delay: float = DEFAULT_DELAY
    error_rate: float = DEFAULT_ERROR_RATE
    seed: int = DEFAULT_SEED

    def __post_init__(self) -> None:
        # Written so that NaN is out of range, too: every comparison with NaN is false.
        if not 0 <= self.delay <= MAX_DELAY:
            raise ValueError(f"the delay must be 0 to {MAX_DELAY} seconds, not {self.delay}")
        if not 0 <= self.error_rate <= 1:
            raise ValueError(f"the error rate must be 0 to 1, not {self.error_rate}")
        if self.seed not in SEEDS:
            raise ValueError(f"the seed must be 0 to {SEEDS[-1]}, not {self.seed}")

    def fault(self, kind: Kind, code: str, visit: int) -> Fault:
        """Return what a request meets; `visit` counts those for `code` on this server, from 0.

        Not for LAB, where each request says what it meets: see `lab_fault()`.
        """
        if kind is Kind.LOCAL:
            return Fault()
        if kind is Kind.DELAY:
            return Fault(delay=self.delay)
        failing, waiting = _draws(f"{self.seed}:{kind}:{code}:{visit}")
        if failing < self.error_rate:
            return Fault(fails=True)
        return Fault(delay=self.delay if waiting < 0.5 else 0.0)


def lab_fault(lab: Lab, code: str, attempt: int) -> Fault:
    """Return what an attempt at `code` meets on LAB; the client counts its attempts from 1."""
    failing, slowness = _draws(f"{lab.seed}:{Kind.LAB}:{code}:{attempt}")
    u = 2 * slowness - 1
    return Fault(delay=lab.delay * (1 + lab.spread * u), fails=failing < lab.errors)


def _draws(key: str) -> tuple[float, float]:
    """Two independent numbers, each at least 0 and below 1, that depend on `key` alone."""
    # Not `hash()`, which differs between processes.
    digest = hashlib.sha256(key.encode()).digest()
    # A float holds 53 bits exactly; more could round up to 1.
    first, second = (int.from_bytes(digest[i : i + 8]) >> 11 for i in (0, 8))
    return first / 2**53, second / 2**53
