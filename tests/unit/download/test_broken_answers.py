"""Hundreds of broken HTTP answers: each download ends, and its result is true."""

import random
import threading
from pathlib import Path

from flagdl import engine
from flagdl.download.downloader import Limits
from flagdl.download.images import check_gif
from flagdl.download.store import FlagStore
from flagdl.model.events import DownloadStatus, FlagDone, JobFinished, JobState
from flagdl.model.spec import parse_spec
from tests.support.hostile import GIF, Connection, HostileServer, answer, code_of
from tests.support.running import wait_for

TOKENS = [
    b"\r\n", b"\r\n\r\n", b"\0", b":", b" ", b"HTTP/1.1", b"HTTP/0.9 200", b"100 Continue\r\n\r\n",
    b"Content-Length: 99999999\r\n", b"Content-Length: -1\r\n", b"Content-Length: 1_0\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Location: http://x/\r\n",
    b"Retry-After: " + b"9" * 5000 + b"\r\n", b"Connection: close\r\n", b"\xff" * 300,
    b"GIF89a", b"\x2c", b"\x21\xf9\x04", b"\x3b", b"\xff\xff\xff\xff",
    b"304", b"204", b"206", b"404", b"-1\r\n", b"-5\r\n", b"0\r\n\r\n", b"ffffffffff\r\n",
]  # fmt: skip
WHOLE = [
    answer(GIF),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(GIF), GIF),
]


def mutated(data: bytes, choice: random.Random) -> bytes:
    """Return a broken copy: a few times, bytes are inserted, left out, doubled or replaced."""
    for _ in range(choice.randint(1, 4)):
        # Half of the changes hit the head, which is a tenth of the answer.
        reach = choice.choice([60, len(data)])
        at = choice.randrange(min(reach, len(data)) + 1)
        to = min(len(data), at + choice.choice([1, 2, 8, 64, 1024]))
        middle = choice.choice(
            [b"", data[at:to] * 2, choice.choice(TOKENS), choice.randbytes(to - at)]
        )
        data = data[:at] + middle + data[choice.choice([at, to]) :]
    return data[: choice.choice([len(data), choice.randint(0, len(data))])]


def test_every_broken_answer_gets_a_true_result(tmp_path: Path) -> None:
    def handle(connection: Connection) -> None:
        request = connection.read_request()
        choice = random.Random(code_of(request))
        connection.send(mutated(choice.choice(WHOLE), choice))

    before = set(threading.enumerate())
    store = FlagStore(tmp_path)
    spec = parse_spec(
        {"select": "every", "limit": 400, "server": "HOSTILE", "attempts": 1}, {"HOSTILE"}
    )
    with HostileServer(handle) as hostile:
        limits = Limits(read=2, total=4)
        events = list(engine.run(spec, hostile.server, store, threading.Event(), limits))
    # A job ends with its last flag; its threads end a moment later.
    wait_for(lambda: set(threading.enumerate()) <= before)
    finished = events[-1]
    assert isinstance(finished, JobFinished)
    assert finished.state is JobState.FINISHED, finished.detail
    assert sum(finished.counts.values()) == 400
    results = [event.result for event in events if isinstance(event, FlagDone)]
    for result in results:
        image = store.read(result.cc)
        if result.status is DownloadStatus.OK:
            assert image is not None
            assert len(image) == result.bytes
            check_gif(image)
        else:
            assert image is None, result
            assert result.detail
    assert not list(tmp_path.glob(".*"))
    # Some are whole and some are broken: the mutations get past the first check.
    assert 10 < finished.counts[DownloadStatus.OK] < 250
    assert len({result.detail for result in results}) > 5
