"""What is measured: how many requests, over how many connections, with which server delay."""

import math
from dataclasses import dataclass
from itertools import islice, product
from string import ascii_uppercase


@dataclass(frozen=True, slots=True)
class Cell:
    """One piece of work. `delay` is in seconds. With `errors`, a quarter of the answers is 503."""

    requests: int
    connections: int
    delay: float
    errors: bool = False

    @property
    def floor(self) -> float:
        """Seconds that the server alone takes: no client can be quicker."""
        return math.ceil(self.requests / self.connections) * self.delay

    @property
    def codes(self) -> tuple[str, ...]:
        """What is asked for: AA to ZZ, and beyond those AA1, AB1 and so on."""
        letters = product(ascii_uppercase, repeat=2)
        every = [first + second for first, second in letters]
        endless = (cc + (str(lap) if lap else "") for lap in range(100) for cc in every)
        return tuple(islice(endless, self.requests))

    def __str__(self) -> str:
        errors = ", 25 % errors" if self.errors else ""
        return (
            f"{self.requests} requests, {self.connections} connections, {_ms(self.delay)}{errors}"
        )


def _ms(delay: float) -> str:
    return f"{delay * 1000:.0f} ms" if delay else "no delay"


SMALLEST = Cell(20, 30, 0)
# The cells of the targets.
QUICK = Cell(676, 30, 0)
USUAL = Cell(676, 30, 0.05)
WIDE = Cell(676, 100, 0.05)
WIDEST = Cell(676, 1000, 0.05)
FEW, MANY = Cell(250, 30, 0), Cell(5000, 30, 0)

# Cells that take minutes and tell nothing are left out, mainly one connection to a slow server.
FULL = (
    Cell(20, 1, 0.05),
    Cell(20, 30, 0.05),
    Cell(20, 30, 0.5),
    Cell(20, 30, 0.5, errors=True),
    Cell(250, 1, 0),
    FEW,
    Cell(250, 30, 0.05),
    Cell(676, 1, 0),
    QUICK,
    Cell(676, 30, 0, errors=True),
    Cell(676, 10, 0.05),
    USUAL,
    Cell(676, 30, 0.05, errors=True),
    WIDE,
    Cell(676, 300, 0.05),
    WIDEST,
    Cell(676, 1000, 0.5),
    MANY,
    Cell(5000, 100, 0.05),
)
FEWER = (Cell(20, 30, 0.05), QUICK, USUAL, WIDE, WIDEST)
