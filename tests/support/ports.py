"""Ports that no other program on this machine is given in the meantime."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reserved_port() -> Iterator[int]:
    """Hold a port of 127.0.0.1 on which no program listens.

    A program that asks for exactly this port, with SO_REUSEADDR as servers do, can listen there;
    a program that asks for any free port isn't given it.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
