"""The book's command line: its options and its usage errors."""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import NamedTuple

from flagdl.cluster.connection import Cluster
from flagdl.download.servers import Servers, ServersFileError, read_servers_file
from flagdl.model.codes import Selection
from flagdl.model.embedded import DEFAULT_SERVER, EMBEDDED, LAB
from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.parsing import decimal_number, whole_number
from flagdl.model.reading import SpecError
from flagdl.model.spec import CLUSTER, DEFAULT_MAX_REQ, LIMITS, THREADS, JobSpec, parse_spec
from flagdl.model.variants import race, sweep
from flagdl.settings import Settings, SettingsError
from flagdl.strategies import DEFAULT_STRATEGY, STRATEGIES

USAGE = 2  # the exit status


def whole(text: str) -> int:
    """Read a whole number; raises ArgumentTypeError for anything else."""
    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return number


def decimal(text: str) -> float:
    """Read a number; raises ArgumentTypeError for anything else."""
    number = decimal_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number


def widths(text: str) -> list[int]:
    """Read numbers of connections, as "1,2,5"; raises ArgumentTypeError for anything else."""
    numbers = [whole(part) for part in text.split(",")]
    most = LIMITS["max_req"]
    if not all(1 <= number <= most for number in numbers):
        raise argparse.ArgumentTypeError(f"{text!r}: each number must be from 1 to {most}")
    return numbers


class Option(NamedTuple):
    """An option of a job: its value's name and type, what --help says of it, and a short form."""

    metavar: str
    read: Callable[[str], object]
    help: str
    short: str = ""


# By their names in the API, in the order of --help. {labels} are the servers.
OPTIONS = {
    "limit": Option("N", whole, "limit to N first codes", "-l"),
    "max_req": Option(
        "CONCURRENT",
        whole,
        f"maximum concurrent requests (default={DEFAULT_MAX_REQ}, at most {LIMITS['max_req']})",
        "-m",
    ),
    "server": Option(
        "LABEL", str, f"server to hit; one of {{labels}} (default={DEFAULT_SERVER})", "-s"
    ),
    "strategy": Option(
        "NAME",
        str,
        f"how to schedule; one of {', '.join(STRATEGIES)} (default={DEFAULT_STRATEGY})",
    ),
    "executor": Option(
        "NAME",
        str,
        f"where the workers run; {THREADS}, or {CLUSTER}: that of FLAGDL_CLUSTER"
        f" (default={THREADS})",
    ),
    "attempts": Option(
        "N",
        whole,
        f"how often a flag is tried, at most {LIMITS['attempts']} "
        f"(default=3, but 1 on {', '.join(EMBEDDED)})",
    ),
}
LAB_OPTIONS = {
    "delay": Option("SECONDS", decimal, "how long its answers take, at most {most}"),
    "spread": Option(
        "FRACTION", decimal, "how much longer or shorter some of them take, 0 to {most}"
    ),
    "errors": Option("FRACTION", decimal, "which part of them is 503, 0 to {most}"),
    "seed": Option("N", whole, "another number draws other delays and errors"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Download what the arguments ask for and return the exit status.

    0: every flag was saved or doesn't exist; 1: some ended in error, the dashboard cancelled the
    run, or the report can't be written; 2: usage; 130: Ctrl-C.
    """
    try:
        settings = Settings.from_environment()
        own = read_servers_file(settings.servers) if settings.servers else {}
    except (SettingsError, ServersFileError) as exc:
        print(f"*** {exc}", file=sys.stderr)
        return USAGE
    with closing(Servers(own)) as servers, closing(Cluster(settings.cluster)) as cluster:
        parser = make_parser(servers, settings)
        args = parser.parse_args(argv)
        try:
            spec = parse_spec(_options(args), servers)
        except SpecError as exc:
            with suppress(OSError):  # the exit status says it, too
                print(f"*** Usage error: {_in_the_books_words(exc)}")
                parser.print_usage()
            return USAGE
        if spec.executor == CLUSTER and not cluster:
            parser.error("--executor cluster needs a cluster: set FLAGDL_CLUSTER")
        _refuse_contradictions(args, spec, parser)
        # Imported late, so that --help and usage errors are quick.
        if args.race or args.sweep:
            from flagdl.terminal.many import Runs

            specs = race(spec, STRATEGIES) if args.race else sweep(spec, args.sweep)
            return Runs(specs, servers, settings, cluster).do(in_turn=bool(args.sweep))
        from flagdl.terminal.run import run

        return run(spec, servers, settings, cluster, verbose=args.verbose)


def make_parser(servers: Servers, settings: Settings) -> argparse.ArgumentParser:
    """Return the parser with the book's options, --strategy, --attempts and those of LAB."""
    parser = argparse.ArgumentParser(
        prog="python -m flagdl",
        description="Download flags for country codes. Default: top 20 countries by population.",
        epilog=f"Flags are saved in {settings.downloads}/, or where FLAGDL_DOWNLOADS says.",
    )
    parser.add_argument(
        "cc", metavar="CC", nargs="*", help="country code or 1st letter (eg. B for BA...BZ)"
    )
    lists = parser.add_mutually_exclusive_group()
    for group, short, name, about in (
        (lists, "-a", "--all", "get all available flags (AD to ZW)"),
        (lists, "-e", "--every", "get flags for every possible code (AA...ZZ)"),
        (parser, "-v", "--verbose", "output detailed progress info"),
    ):
        group.add_argument(short, name, action="store_true", help=about)
    several = parser.add_mutually_exclusive_group()
    several.add_argument(
        "--race", action="store_true", help="do the job with every strategy, at the same time"
    )
    several.add_argument(
        "--sweep",
        metavar="N,N,...",
        type=widths,
        help="do the job with each number of connections, one after another",
    )
    labels = ", ".join(sorted(servers))
    for name, option in OPTIONS.items():
        is_offered = name != "executor" or settings.cluster
        about = option.help.format(labels=labels) if is_offered else argparse.SUPPRESS
        _add(parser.add_argument, name, option, about)
    lab = parser.add_argument_group(f"the server {LAB}: {EMBEDDED[LAB]}")
    for name, option in LAB_OPTIONS.items():
        default = getattr(Lab(), name)
        about = option.help.format(most=SETTINGS[name].most)
        _add(lab.add_argument, name, option, f"{about} (default={default})")
    return parser


def _refuse_contradictions(
    args: argparse.Namespace, spec: JobSpec, parser: argparse.ArgumentParser
) -> None:
    """End with a usage error if an option would have no effect."""
    chosen = "--race" if args.race else "--sweep"
    if args.race and args.strategy is not None:
        parser.error("--race takes every strategy: leave out --strategy")
    if args.sweep and args.max_req is not None:
        parser.error("--sweep has the numbers of connections: leave out --max_req")
    if args.sweep and spec.strategy == "sequential":
        parser.error("--sweep needs a strategy with several connections, not sequential")
    if (args.race or args.sweep) and args.verbose:
        parser.error(f"{chosen} prints a table: leave out --verbose")


def _add(add_argument: Callable[..., object], name: str, option: Option, about: str) -> None:
    names = [option.short, f"--{name}"] if option.short else [f"--{name}"]
    add_argument(*names, metavar=option.metavar, type=option.read, help=about)


def _in_the_books_words(error: SpecError) -> str:
    if error.field == "select":
        return f"--{error.values['select']} takes no CC argument."
    if error.field == "codes":
        return f"each CC argument must be A to Z or AA to ZZ, not {error.values['code']!r}."
    metavar = (OPTIONS | LAB_OPTIONS)[error.field].metavar
    return f"--{error.field} {metavar} {error.detail}"


def _options(args: argparse.Namespace) -> dict[str, object]:
    """Return the arguments as the API has them."""
    select = Selection.EVERY if args.every else Selection.ALL if args.all else None
    given = {name: getattr(args, name, None) for name in OPTIONS | LAB_OPTIONS}
    return {"codes": args.cc or None, "select": select, **given}
