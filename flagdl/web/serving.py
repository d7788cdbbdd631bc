"""Serving the dashboard: gunicorn's threaded worker, and Werkzeug where that doesn't run."""

import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask

# Each watcher holds a thread of the server: so many more are left for pages.
THREADS_FOR_PAGES = 50
CreateApp = Callable[[], Flask]
CloseApp = Callable[[Flask], None]


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises OSError where the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=512)


def address(listener: socket.socket) -> str:
    """Return the URL of the page that a listening socket serves."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    create_app: CreateApp, close_app: CloseApp, listener: socket.socket, max_watchers: int
) -> None:
    """Serve until SIGTERM or Ctrl-C.

    The app is created in the process that serves, because threads don't survive a fork.
    """
    if sys.platform == "win32":
        serve_with_werkzeug(create_app, close_app, listener)
    else:
        serve_with_gunicorn(create_app, close_app, listener, max_watchers)


def serve_with_werkzeug(
    create_app: CreateApp, close_app: CloseApp, listener: socket.socket
) -> None:
    """Serve with Werkzeug's development server, which is what Windows has."""
    from werkzeug.serving import make_server

    app = create_app()
    host, port = listener.getsockname()[:2]
    server = make_server(host, port, app, threaded=True, fd=listener.fileno())
    print("gunicorn doesn't run here: serving with Werkzeug's development server", flush=True)
    _announce(address(listener))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        close_app(app)
        server.server_close()


def serve_with_gunicorn(
    create_app: CreateApp, close_app: CloseApp, listener: socket.socket, max_watchers: int
) -> None:
    """Serve with one threaded gunicorn worker: the jobs live in its process."""
    from gunicorn.app.base import BaseApplication

    threads = max_watchers + THREADS_FOR_PAGES
    url = address(listener)

    def post_worker_init(worker: Any) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            # The server waits for open sockets: close them beside it, not after it.
            threading.Thread(target=close_app, args=[worker.wsgi], name="flagdl-close").start()
            worker.handle_exit(number, frame)

        for number in (signal.SIGTERM, signal.SIGQUIT):
            signal.signal(number, stop)
        # Ctrl-C reaches both processes; the master answers it with SIGQUIT to this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _announce(url)

    class Application(BaseApplication):
        def load_config(self) -> None:
            options = {
                "bind": f"fd://{listener.detach()}",
                "worker_class": "gthread",
                "workers": 1,
                "threads": threads,
                "worker_connections": 2 * threads + 1000,
                "graceful_timeout": 5,
                "timeout": 120,
                "keepalive": 30,
                "loglevel": "warning",
                "control_socket_disable": True,
                "forwarded_allow_ips": "",
                "proc_name": "flagdl",
                "post_worker_init": post_worker_init,
                "worker_exit": lambda _arbiter, worker: close_app(worker.wsgi),
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return create_app()

    Application().run()


def _announce(url: str) -> None:
    print(f"flagdl is running at {url}", flush=True)
