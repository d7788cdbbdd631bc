"""flagdl's dashboard: builds the parts, wires them, serves. Run it with `python app.py`."""

import gc

from flagdl.system.signals import ENDING, end_within, end_without_traceback, handle

if __name__ == "__main__":
    end_without_traceback()  # Ctrl-C may come while the rest is imported
    gc.disable()  # collecting would take a fifth of that time, and free nothing

import argparse
import errno
import sys
from collections.abc import Sequence
from contextlib import closing

from flask import Flask

from flagdl.cluster.connection import Cluster
from flagdl.download.downloader import Limits
from flagdl.download.servers import Servers, ServersFileError, read_servers_file
from flagdl.download.store import FlagStore
from flagdl.history.history import History
from flagdl.history.writer import HistoryError
from flagdl.jobs.broadcast import Broadcaster
from flagdl.jobs.registry import JobRegistry
from flagdl.origin.process import OriginError
from flagdl.settings import Settings, SettingsError, variables
from flagdl.system.descriptors import raise_open_file_limit
from flagdl.system.streams import lossy, open_closed
from flagdl.web import assets, conditions, languages, problems, security
from flagdl.web.api.flags import flags
from flagdl.web.api.jobs import api
from flagdl.web.api.share import share
from flagdl.web.api.websocket import encode_events, live, sock
from flagdl.web.arguments import check_arguments
from flagdl.web.dashboard import EXTENSION, Dashboard
from flagdl.web.pages.api import api_page
from flagdl.web.pages.index import pages
from flagdl.web.pages.jobs import history_pages
from flagdl.web.pages.many import many
from flagdl.web.pages.tour import tour
from flagdl.web.server.serving import THREADS_FOR_PAGES, Server, address, listen
from flagdl.web.server.watcher import SERVER_OPTIONS
from flagdl.web.server.watchers import Watchers

STOP_WITHIN = 4.5  # seconds from a signal to the end of the process, even if something still waits


def create_app(settings: Settings) -> Flask:
    """Build a dashboard: its parts are running when this returns, until `close_app()`.

    Raises ServersFileError if the file of servers can't be used, HistoryError if the history can't
    be used, and OriginError if the embedded servers can't be started.
    """
    parts = _start_parts(settings)
    app = Flask(__name__, static_url_path=assets.static_url_path())
    app.url_map.strict_slashes = False  # a slash at the end of an address is ignored
    app.config["SOCK_SERVER_OPTIONS"] = SERVER_OPTIONS
    app.extensions[EXTENSION] = parts
    problems.init_app(app)
    security.init_app(app, settings)
    conditions.init_app(app)
    app.before_request(check_arguments)
    assets.init_app(app)
    languages.init_app(app)
    sock.init_app(app)
    for blueprint in (pages, history_pages, many, tour, api_page, api, share, flags, live):
        app.register_blueprint(blueprint)
    return app


def _start_parts(settings: Settings) -> Dashboard:
    servers = Servers(read_servers_file(settings.servers) if settings.servers else {})
    store = FlagStore(settings.downloads)
    history = History(settings.history)
    broadcaster = Broadcaster(encode_events)
    cluster = Cluster(settings.cluster)
    registry = JobRegistry(
        servers,
        store,
        history,
        broadcaster,
        max_running=settings.max_running,
        max_waiting=settings.max_waiting,
        max_jobs=settings.max_jobs,
        limits=Limits(total=settings.timeout),
        cluster=cluster,
    )
    watchers = Watchers(settings.max_watchers)
    parts = Dashboard(settings, servers, store, history, broadcaster, cluster, registry, watchers)
    try:
        registry.recover()
        store.sweep()
        servers.warm_up()
    except BaseException:
        parts.close()
        raise
    return parts


def close_app(app: Flask) -> None:
    """Stop everything that create_app() started; may be called twice."""
    app.extensions[EXTENSION].close()


def main(arguments: Sequence[str] = ()) -> int:
    """Serve the dashboard with the settings of the environment; returns the exit status."""
    _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment()
    except SettingsError as exc:
        return _fail(str(exc))
    try:
        listener = listen(settings.host, settings.port)
    except OSError as exc:
        return _fail(_why_it_cannot_listen(settings, exc))
    raise_open_file_limit()
    with closing(Server(listener, settings.max_watchers + THREADS_FOR_PAGES)) as server:
        # From now on, a signal ends the server in order, even before the server starts to serve.
        for number in ENDING:
            handle(number, lambda *_: server.stop())
        return _serve(server, settings, address(listener))


def _serve(server: Server, settings: Settings, url: str) -> int:
    try:
        app = create_app(settings)
    except (ServersFileError, HistoryError, OriginError, OSError) as exc:
        return _fail(str(exc))
    except MemoryError:
        return _fail("the system has no memory left")
    try:
        print(f"flagdl is running at {url}", flush=True)
        server.serve(app, app.extensions[EXTENSION].watchers.make_room)
    finally:
        end_within(STOP_WITHIN)
        close_app(app)
    return 0


def _parser() -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog="python app.py",
        description="Serve flagdl's dashboard, until Ctrl-C or SIGTERM.",
        epilog="Settings come from the environment:\n" + "\n".join(variables()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _why_it_cannot_listen(settings: Settings, exc: OSError) -> str:
    advice = "Choose an address of this machine with FLAGDL_HOST, or another port with FLAGDL_PORT."
    if exc.errno == errno.EADDRINUSE:
        advice = "Stop what uses it, or choose another port with FLAGDL_PORT (0 takes a free one)."
    # Python adds the address in brackets.
    cause = str(exc.strerror).partition(" (")[0]
    return f"can't listen on {settings.host}, port {settings.port}: {cause}. {advice}"


def _fail(message: str) -> int:
    print(f"*** {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    open_closed()
    # Both streams get only messages: the dashboard goes on if a message can't be written.
    sys.stdout, sys.stderr = lossy(sys.stdout), lossy(sys.stderr)
    sys.exit(main(sys.argv[1:]))
