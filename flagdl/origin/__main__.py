"""`python -m flagdl.origin`: serve the flag servers until Ctrl-C."""

import gc

from flagdl.system.signals import end_without_traceback, is_ignored

if __name__ == "__main__":
    end_without_traceback()  # Ctrl-C may come while the rest is imported
    gc.set_threshold(50_000)  # not 700: collecting would take a fifth of that time

import argparse
import asyncio
import errno
import json
import os
import signal
import socket
import sys

from flagdl.model.lab import Lab
from flagdl.model.parsing import whole_number
from flagdl.origin.faults import (
    DEFAULT_DELAY,
    DEFAULT_ERROR_RATE,
    DEFAULT_SEED,
    FaultPlan,
    Kind,
)
from flagdl.system.descriptors import raise_open_file_limit
from flagdl.system.streams import lossy, open_closed
from flagdl.system.threads import NoThread, start_thread

DEFAULT_PORTS = [8001, 8002, 8003]
DEFAULT_LAB_PORT = 8004
HOST = "127.0.0.1"
DESCRIPTION = f"""\
Serve flags on {HOST}, from four servers:

  LOCAL  answers at once
  DELAY  answers after a delay
  ERROR  answers some requests with 503, and delays half of the rest
  LAB    answers as you set it, in the query of each request

A flag is at /flags/br/br.gif; a code without a flag answers 404. Which request
to ERROR meets which fault depends on the seed, on the code and on how often it
has been asked for the code since it started, and on nothing else.

LAB answers after delay * (1 + spread * u) seconds, and a part of its answers,
errors, is 503. The draw of u, from -1 to 1, and of the errors depends on seed,
code and attempt, and on nothing else. By default:
/flags/br/br.gif?{Lab().query}&attempt=1
"""

Listeners = dict[Kind, socket.socket]


def natural_number(text: str) -> int:
    """Read a number without a sign."""
    number = whole_number(text)
    if number is None or number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of up to 18 digits")
    return number


def port(text: str) -> int:
    """Read a TCP port; 0 stands for a free one."""
    number = natural_number(text)
    if number > 65535:
        raise argparse.ArgumentTypeError(f"{number} is not a port; ports are 0 to 65535")
    return number


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m flagdl.origin",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--delay", metavar="SECONDS", type=float, default=DEFAULT_DELAY,
        help="how long a delayed answer takes (default=%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--error-rate", metavar="FRACTION", type=float, default=DEFAULT_ERROR_RATE,
        help="which part of ERROR's answers is 503, from 0 to 1 (default=%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", metavar="N", type=natural_number, default=DEFAULT_SEED,
        help="another number gives another draw of ERROR's faults (default=%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--ports", metavar=tuple(Kind)[:3], type=port, nargs=3, default=DEFAULT_PORTS,
        help="the servers' ports; 0 takes a free one (default=8001 8002 8003)",
    )  # fmt: skip
    parser.add_argument(
        "--lab-port", metavar=Kind.LAB, type=port, default=DEFAULT_LAB_PORT,
        help="LAB's port; 0 takes a free one (default=%(default)s)",
    )  # fmt: skip
    # For OriginProcess: prints one line of JSON when ready, and ends when stdin ends.
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser


def listen(ports: list[int]) -> Listeners:
    """Open the listening sockets; raises SystemExit with a message if a port can't be used."""
    return {kind: _listen(kind, port) for kind, port in zip(Kind, ports, strict=True)}


def _listen(kind: Kind, port: int) -> socket.socket:
    option = "--lab-port" if kind is Kind.LAB else "--ports"
    try:
        return socket.create_server((HOST, port))
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            sys.exit(
                f"Port {port}, for {kind}, is in use: end the program that has it, "
                f"or choose another with {option} (0 takes a free one)."
            )
        reason = os.strerror(exc.errno) if exc.errno else str(exc)
        sys.exit(f"Can't serve {kind} on port {port}: {reason}. Choose another with {option}.")


def urls(listeners: Listeners) -> dict[str, str]:
    """Return the servers' base URLs by label."""
    return {
        kind: f"http://{HOST}:{sock.getsockname()[1]}/flags" for kind, sock in listeners.items()
    }


async def serve_in_foreground(listeners: Listeners, plan: FaultPlan) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if not is_ignored(number):
            loop.add_signal_handler(number, stop.set)
    # Imported late: it takes long, and Ctrl-C may come meanwhile.
    from flagdl.origin.http import serving

    async with serving(listeners, plan):
        for label, url in urls(listeners).items():
            print(f"{label} {url}", flush=True)
        await stop.wait()


async def serve_as_child(listeners: Listeners, plan: FaultPlan) -> None:
    """Serve until standard input ends: that happens when the parent ends, even if it is killed."""
    from flagdl.origin.http import serving

    # In a thread, because not every event loop can wait for a pipe.
    start_thread(_leave_with_parent, "origin-parent")
    async with serving(listeners, plan):
        print(json.dumps(urls(listeners)), flush=True)
        await asyncio.Event().wait()


def _leave_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    # There is nothing to save, and an orderly end would take 50 ms.
    os._exit(0)


def main() -> None:
    """Read the command line and serve."""
    parser = make_parser()
    args = parser.parse_args()
    try:
        plan = FaultPlan(args.delay, args.error_rate, args.seed)
    except ValueError as exc:
        parser.error(str(exc))
    ports = [*args.ports, args.lab_port]
    fixed = [number for number in ports if number]
    if len(set(fixed)) < len(fixed):
        parser.error("--ports and --lab-port must be different ports")
    if args.child:
        # Ctrl-C in a terminal reaches the whole process group; the parent decides what to do.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise_open_file_limit()
    serve = serve_as_child if args.child else serve_in_foreground
    try:
        asyncio.run(serve(listen(ports), plan))
    except NoThread as exc:
        sys.exit(f"*** {exc}")


if __name__ == "__main__":
    open_closed()
    # The servers go on if their addresses can't be printed.
    sys.stdout, sys.stderr = lossy(sys.stdout), lossy(sys.stderr)
    main()
