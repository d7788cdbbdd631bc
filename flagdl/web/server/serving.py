"""Serving the dashboard: with gunicorn, or with Werkzeug on Windows."""

import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial

from flask import Flask

from flagdl.origin.descriptors import raise_open_file_limit

# Each watcher occupies a thread of the server. These come on top, for pages and calls.
THREADS_FOR_PAGES = 50
CreateApp = Callable[[], Flask]
CloseApp = Callable[[Flask], None]


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises OSError if the address can't be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=512)


def address(listener: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    create_app: CreateApp, close_app: CloseApp, listener: socket.socket, max_watchers: int
) -> None:
    """Serve until SIGTERM or Ctrl-C.

    The app is created in the process that serves, because threads don't survive a fork.
    """
    raise_open_file_limit()
    if sys.platform == "win32":
        serve_with_werkzeug(create_app, close_app, listener)
    else:
        from flagdl.web.server.gunicorn import GunicornServer

        on_ready = partial(announce, address(listener))
        threads = max_watchers + THREADS_FOR_PAGES
        GunicornServer(create_app, close_app, on_ready, listener, threads).run()


def serve_with_werkzeug(
    create_app: CreateApp, close_app: CloseApp, listener: socket.socket
) -> None:
    """Serve with Werkzeug's development server, which is what Windows has."""
    from werkzeug.serving import make_server

    app = create_app()
    host, port = listener.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, fd=listener.fileno())
    print("gunicorn doesn't run here: serving with Werkzeug's development server", flush=True)

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()

    # A KeyboardInterrupt could be lost: Python ignores exceptions raised in __del__().
    signal.signal(signal.SIGINT, stop)
    announce(address(listener))
    try:
        server.serve_forever()
    finally:
        close_app(app)
        server.server_close()


def announce(url: str) -> None:
    """Print the address of the dashboard, once it answers there."""
    print(f"flagdl is running at {url}", flush=True)
