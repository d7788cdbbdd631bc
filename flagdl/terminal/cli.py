"""The book's command line: its options and its usage errors."""

import argparse
import sys
from collections.abc import Sequence

from flagdl.download.servers import Servers, ServersFileError, read_servers_file
from flagdl.model.codes import Selection
from flagdl.model.lab import SETTINGS, Lab
from flagdl.model.labels import DEFAULT_SERVER, EMBEDDED, LAB
from flagdl.model.numbers import decimal_number, whole_number
from flagdl.model.spec import DEFAULT_MAX_REQ, LIMITS, SpecError, parse_spec
from flagdl.settings import Settings, SettingsError
from flagdl.strategies import DEFAULT_STRATEGY, STRATEGIES

USAGE = 2  # the exit status

# The options as the book's usage errors call them.
BOOK_NAMES = {
    "limit": "--limit N ",
    "max_req": "--max_req CONCURRENT ",
    "server": "--server LABEL ",
    "strategy": "--strategy NAME ",
    "attempts": "--attempts N ",
    "delay": "--delay SECONDS ",
    "spread": "--spread FRACTION ",
    "errors": "--errors FRACTION ",
    "seed": "--seed N ",
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
    with Servers(own) as servers:
        parser = make_parser(servers, settings)
        args = parser.parse_args(argv)
        try:
            spec = parse_spec(_options(args), servers)
        except SpecError as exc:
            print(f"*** Usage error: {_in_the_books_words(exc)}")
            parser.print_usage()
            return USAGE
        # Imported late, so that --help and usage errors are quick.
        from flagdl.terminal.run import run

        return run(spec, servers, settings, verbose=args.verbose)


def make_parser(servers: Servers, settings: Settings) -> argparse.ArgumentParser:
    """Return the parser with the book's options, --strategy, --attempts and those of LAB."""
    labels = ", ".join(sorted(servers))
    parser = argparse.ArgumentParser(
        prog="python -m flagdl",
        description="Download flags for country codes. Default: top 20 countries by population.",
        epilog=f"Flags are saved in {settings.downloads}/, or where FLAGDL_DOWNLOADS says.",
    )
    parser.add_argument(
        "cc", metavar="CC", nargs="*", help="country code or 1st letter (eg. B for BA...BZ)"
    )
    parser.add_argument(
        "-a", "--all", action="store_true", help="get all available flags (AD to ZW)"
    )
    parser.add_argument(
        "-e", "--every", action="store_true", help="get flags for every possible code (AA...ZZ)"
    )
    parser.add_argument("-l", "--limit", metavar="N", type=_whole, help="limit to N first codes")
    parser.add_argument(
        "-m",
        "--max_req",
        metavar="CONCURRENT",
        type=_whole,
        help="maximum concurrent requests "
        f"(default={DEFAULT_MAX_REQ}, at most {LIMITS['max_req']})",
    )
    parser.add_argument(
        "-s",
        "--server",
        metavar="LABEL",
        help=f"server to hit; one of {labels} (default={DEFAULT_SERVER})",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="output detailed progress info"
    )
    parser.add_argument(
        "--strategy",
        metavar="NAME",
        help=f"how to schedule; one of {', '.join(STRATEGIES)} (default={DEFAULT_STRATEGY})",
    )
    parser.add_argument(
        "--attempts",
        metavar="N",
        type=_whole,
        help=f"how often a flag is tried, at most {LIMITS['attempts']} "
        f"(default=3, but 1 on {', '.join(EMBEDDED)})",
    )
    _add_lab(parser)
    return parser


def _add_lab(parser: argparse.ArgumentParser) -> None:
    default = Lab()
    lab = parser.add_argument_group(f"the server {LAB} {EMBEDDED[LAB]}")
    lab.add_argument(
        "--delay",
        metavar="SECONDS",
        type=_decimal,
        help=f"how long its answers take, at most {SETTINGS['delay'].most} "
        f"(default={default.delay})",
    )
    lab.add_argument(
        "--spread",
        metavar="FRACTION",
        type=_decimal,
        help=f"how much longer or shorter some of them take, 0 to 1 (default={default.spread})",
    )
    lab.add_argument(
        "--errors",
        metavar="FRACTION",
        type=_decimal,
        help=f"which part of them is 503, 0 to 1 (default={default.errors})",
    )
    lab.add_argument(
        "--seed",
        metavar="N",
        type=_whole,
        help=f"another number draws other delays and errors (default={default.seed})",
    )


def _in_the_books_words(error: SpecError) -> str:
    if error.field == "codes":
        return f"each CC argument must be A to Z or AA to ZZ, not {error.values['code']!r}."
    return BOOK_NAMES[error.field] + error.detail


def _whole(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return number


def _decimal(text: str) -> float:
    number = decimal_number(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    return number


def _options(args: argparse.Namespace) -> dict[str, object]:
    """Return the arguments as the API would have them."""
    select = Selection.EVERY if args.every else Selection.ALL if args.all else None
    return {
        "codes": args.cc,
        "select": select,
        "limit": args.limit,
        "server": args.server,
        "strategy": args.strategy,
        "max_req": args.max_req,
        "attempts": args.attempts,
        **{name: getattr(args, name) for name in SETTINGS},
    }
