"""Proxies in front of a dashboard: nginx as the README configures it, and a small one."""

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit

import pytest

from tests.support.running import ROOT, WITHIN

PREFIX = "/flagdl"  # as the README has it
USER, PASSWORD = "somebody", "secret"
MAIN = """
daemon off;
user root;
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    {site}
}}
"""


def in_readme() -> str:
    """Return the configuration of nginx that the README prints."""
    found = re.search(r"```nginx\n(.+?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


@contextmanager
def nginx(directory: Path, upstream: str, prefix: str) -> Iterator[str]:
    """Run nginx with the README's configuration in front of a dashboard.

    Yields its address with a name and a password. Only what differs here is replaced.
    """
    if not shutil.which("nginx"):
        pytest.skip("the README's configuration is not tried: no nginx (apt install nginx-light)")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        netloc = f"127.0.0.1:{listener.getsockname()[1]}"
        site = in_readme()
        passwords = directory / "passwords"
        passwords.write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        for printed, here in (
            ("/etc/nginx/htpasswd", str(passwords)),
            ("listen 80;", f"listen {netloc};"),
            ("http://127.0.0.1:8000", upstream),
            (PREFIX, prefix),
        ):
            assert printed in site
            site = site.replace(printed, here)
        conf = directory / "nginx.conf"
        conf.write_text(MAIN.format(directory=directory, site=site))
        # It takes over the listening socket, as a new nginx does in an update.
        process = subprocess.Popen(
            ["nginx", "-p", directory, "-c", conf],
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
        )
    try:
        yield f"http://{USER}:{PASSWORD}@{netloc}{prefix}"
    finally:
        process.terminate()
        process.wait(WITHIN)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *args: object) -> None:
        """A browser may leave at any time."""


@contextmanager
def reverse_proxy(upstream: str, headers: Mapping[str, str], prefix: str = "") -> Iterator[str]:
    """Run a small proxy that sets headers and removes a prefix; yields its address."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            head, body = _read_head(self.request)
            if not head.split(" ", 2)[1].startswith(f"{prefix}/"):
                self.request.sendall(b"HTTP/1.1 404 Not below\r\nContent-Length: 0\r\n\r\n")
                return
            address = urlsplit(upstream)
            with socket.create_connection((str(address.hostname), address.port), WITHIN) as server:
                server.sendall(_passed_on(head, prefix, headers) + body)
                other_way = threading.Thread(target=_pump, args=[self.request, server])
                other_way.start()
                _pump(server, self.request)
                other_way.join()

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
        finally:
            server.shutdown()
            thread.join()


def _read_head(client: socket.socket) -> tuple[str, bytes]:
    data = b""
    while b"\r\n\r\n" not in data and (more := client.recv(1 << 16)):
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    return head.decode("latin-1"), body


def _passed_on(head: str, prefix: str, headers: Mapping[str, str]) -> bytes:
    """Return the head of a request as the proxy sends it: one request for each connection."""
    request_line, *lines = head.split("\r\n")
    method, target, version = request_line.split(" ")
    is_websocket = "\r\nupgrade: websocket" in head.lower()
    replaced = {name.lower() for name in headers} | (set() if is_websocket else {"connection"})
    kept = [line for line in lines if line.partition(":")[0].lower() not in replaced]
    added = [f"{name}: {value}" for name, value in headers.items()]
    close = [] if is_websocket else ["Connection: close"]
    new_line = f"{method} {target.removeprefix(prefix)} {version}"
    return "\r\n".join([new_line, *kept, *added, *close, "", ""]).encode("latin-1")


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass on everything, and then the end."""
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
