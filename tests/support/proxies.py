"""A proxy in front of a dashboard that does what proxies do to websockets."""

import socket
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

from tests.support.running import WITHIN

REFUSED = b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>"


class Proxy:
    """Passes bytes on in both directions; a context manager."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (target.hostname, target.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._lock = threading.Lock()  # guards _open
        self._open: list[Link] = []
        self._thread = threading.Thread(target=self._accept, name="proxy")
        self.websockets = "pass"  # or "refuse", "hang"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(WITHIN)
        for link in self._open:
            link.close()

    def swallow(self) -> None:
        """Pass nothing on any more on the open websockets, and don't close them."""
        with self._lock:
            for link in self._open:
                link.swallows = link.is_websocket

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(self._target)
                except OSError:  # the dashboard is down
                    client.close()
                    continue
                with self._lock:
                    self._open.append(Link(client, server, self))

    def refuses(self, client: socket.socket) -> bool:
        """Refuse a request for a websocket, or let it hang; returns False if it may pass."""
        if self.websockets == "pass":
            return False
        if self.websockets == "refuse":
            client.sendall(REFUSED)
            client.shutdown(socket.SHUT_WR)
        return True


class Link:
    """One connection through the proxy, and the two threads that pass its bytes on."""

    def __init__(self, client: socket.socket, server: socket.socket, proxy: Proxy) -> None:
        self.swallows = self.is_websocket = False
        self._client = client
        self._proxy = proxy
        self._server = server
        self._threads = [
            threading.Thread(target=self._pass, args=pair, name="proxy")
            for pair in ((client, server), (server, client))
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(WITHIN)
        self._client.close()
        self._server.close()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if source is self._client and b"upgrade: websocket" in data.lower():
                    self.is_websocket = True
                    if self._proxy.refuses(source):
                        continue
                if self.swallows:
                    continue
                sink.sendall(data)
            if not self.swallows:
                sink.shutdown(socket.SHUT_WR)
