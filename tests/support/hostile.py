"""A flag server on a raw socket that gives wrong, slow or broken answers."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from flagdl.download.downloader import Limits
from flagdl.download.servers import LAYOUT, Server
from tests.support.running import ROOT, WITHIN

GIF = (ROOT / "flagdl/origin/flags/br.gif").read_bytes()
FOREVER = 3600.0  # seconds, longer than any test: if a wait ends, something else ended it
PATIENT = Limits(connect=FOREVER, read=FOREVER, total=FOREVER, retry_after=FOREVER)


class Connection:
    """What a handler gets: one accepted connection, in a thread of its own."""

    def __init__(self, sock: socket.socket, over: threading.Event) -> None:
        self.sock = sock
        self._over = over
        self._received = b""

    def read_request(self) -> bytes:
        """Return the next request's head, or nothing when the client has gone."""
        while b"\r\n\r\n" not in self._received:
            received = self.sock.recv(65536)
            if not received:
                return b""
            self._received += received
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        return head

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, every: float = 0.02) -> None:
        """Send a byte at a time until the data, the client or the test ends."""
        for byte in data:
            self.send(bytes([byte]))
            if self._over.wait(every):
                return

    def hold(self) -> None:
        """Say nothing more until the client goes or the test ends."""
        while self.sock.recv(65536):
            pass

    def hold_patiently(self) -> None:
        """Hold a client whose read timeout a test can't set: it gets a byte now and then."""
        self.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\n\r\n")
        self.drip(b"x" * 100_000, every=0.5)


Handler = Callable[[Connection], None]


class HostileServer:
    """Gives each connection to a handler, in a thread; a context manager, on a free port.

    It ends with the test, and ends every wait of a handler. An exception in a handler other than a
    lost connection fails the test.
    """

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self._handler = handler
        self._lock = threading.Lock()  # guards the lists below
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._bugs: list[BaseException] = []
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.address: tuple[str, int] = self._listener.getsockname()
        host, port = self.address
        self.url = f"http://{host}:{port}/flags"
        self.server = Server(self.url + LAYOUT)
        self._acceptor = threading.Thread(target=self._accept, name="hostile-acceptor")

    @property
    def accepted(self) -> int:
        """How many connections there have been."""
        with self._lock:
            return len(self._connections)

    @property
    def connected(self) -> bool:
        """Whether a client is still there."""
        with self._lock:
            return any(thread.is_alive() for thread in self._threads)

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()
        # A closed listener would not wake the thread that waits in accept().
        socket.create_connection(self.address, timeout=WITHIN).close()
        self._acceptor.join(WITHIN)
        self._listener.close()
        for sock in self._connections:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(WITHIN)
        for sock in self._connections:
            sock.close()
        assert not [thread for thread in self._threads if thread.is_alive()]
        if self._bugs:
            raise self._bugs[0]

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            if self._over.is_set():
                sock.close()
                return
            thread = threading.Thread(target=self._serve, args=[sock], name="hostile")
            with self._lock:
                self._connections.append(sock)
                self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        try:
            self._handler(Connection(sock, self._over))
        except OSError:
            pass  # the client has gone, which is usual here
        except BaseException as exc:  # noqa: BLE001 (raised again below)
            self._bugs.append(exc)
        finally:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def answer(body: bytes = GIF, status: str = "200 OK", *headers: str, length: int = -1) -> bytes:
    """Return a response; `length` is what Content-Length claims, the body's own by default."""
    claimed = len(body) if length < 0 else length
    head = [f"HTTP/1.1 {status}", f"Content-Length: {claimed}", *headers]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def code_of(request: bytes) -> str:
    """Return the country code that a request asks for."""
    return request.split()[1].decode()[-6:-4].upper()


def answering(choose: Callable[[bytes], bytes]) -> Handler:
    """Return a handler that answers each request of a connection with what `choose` returns."""

    def handle(connection: Connection) -> None:
        while request := connection.read_request():
            connection.send(choose(request))

    return handle


def in_turn(*answers: bytes) -> Handler:
    """Return a handler that gives its answers in turn, one per request; the last one repeats."""
    lock = threading.Lock()
    left = list(answers)

    def choose(request: bytes) -> bytes:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return answering(choose)


def once(data: bytes) -> Handler:
    """Return a handler that answers one request with some bytes and hangs up."""

    def handle(connection: Connection) -> None:
        connection.read_request()
        connection.send(data)

    return handle
