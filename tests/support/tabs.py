"""The two ends of a websocket without a server: a bare socket, and what the server does with it."""

import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from simple_websocket import Server
from websockets.frames import Frame
from websockets.streams import StreamReader

from flagdl.web.server.watcher import SERVER_OPTIONS, Watcher
from flagdl.web.server.watchers import Watchers
from tests.support.running import WITHIN

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Tab:
    """The two ends of one websocket: the browser's, a bare socket, and the server's Watcher."""

    def __init__(
        self,
        watchers: Watchers,
        pool: ThreadPoolExecutor,
        may_read: threading.Event | None = None,
    ) -> None:
        self._may_read = may_read
        self.browser, sock = socket.socketpair()
        self.browser.settimeout(WITHIN)
        for end in (self.browser, sock):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        self._sock = sock
        self._watchers = watchers
        environ = {
            "werkzeug.socket": sock,
            "HTTP_HOST": "localhost",
            "HTTP_CONNECTION": "Upgrade",
            "HTTP_UPGRADE": "websocket",
            "HTTP_SEC_WEBSOCKET_KEY": KEY,
            "HTTP_SEC_WEBSOCKET_VERSION": "13",
        }
        self.ws = Server.accept(environ, **SERVER_OPTIONS)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.browser.recv(1)
        self._welcomed = threading.Event()
        self.watcher: Watcher | None = None
        self.handler: Future[None] = pool.submit(self._handle)

    def _handle(self) -> None:
        """Do what the websocket's handler does, and then close the socket as the server does."""
        try:
            self.watcher = self._watchers.register(self.ws)
            self._welcomed.set()
            if self.watcher:
                if self._may_read:
                    self._may_read.wait(WITHIN)
                self.watcher.read_until_closed()
                self._watchers.unregister(self.watcher)
        finally:
            self._welcomed.set()
            self._sock.close()

    @property
    def guest(self) -> Watcher:
        """The server's end."""
        self.wait_for_welcome()
        assert self.watcher
        return self.watcher

    def wait_for_welcome(self) -> None:
        assert self._welcomed.wait(WITHIN)

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (more := self.browser.recv(size - len(data))):
            data += more
        return data

    def read_all(self) -> bytes:
        data = b""
        while more := self.browser.recv(1 << 16):
            data += more
        return data


def parse(data: bytes) -> list[Frame]:
    """Return the frames that a browser would find in `data`."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    frames = []
    while reader.buffer:
        parser = Frame.parse(reader.read_exact, mask=False)
        try:
            next(parser)
        except StopIteration as done:
            frames.append(done.value)
    return frames
