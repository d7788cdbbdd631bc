"""From one job to its watchers: everything, once, in order, and one encoding for all."""

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from flagdl.jobs.broadcast import Broadcaster
from flagdl.model.events import Event, FlagStarted, JobFinished, JobState, all_counts
from tests.support.running import WITHIN, wait_for

GREETING = b'["hello"]'


def event(seq: int) -> Event:
    return FlagStarted(seq, 0.0, "FR", 0)


def last_event(seq: int) -> Event:
    return JobFinished(seq, 1.0, JobState.FINISHED, all_counts({}), 1.0)


class Recorder:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.ends = 0

    def send(self, message: bytes) -> None:
        assert not self.ends, "something came after the end"
        self.messages.append(message)

    def end(self) -> None:
        self.ends += 1

    def ended(self) -> None:
        """Wait for the end."""
        wait_for(lambda: self.ends)

    @property
    def seqs(self) -> list[int]:
        return [
            seq for message in self.messages if message != GREETING for seq in json.loads(message)
        ]


class Encoder:
    """Encodes a batch as the list of its events' numbers, and keeps every such list."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def __call__(self, events: Sequence[Event]) -> bytes:
        self.batches.append([event.seq for event in events])
        assert self.may_go_on.wait(WITHIN)
        return json.dumps(self.batches[-1]).encode()


@pytest.fixture
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture
def broadcaster(encoder: Encoder) -> Iterator[Broadcaster]:
    with closing(Broadcaster(encoder)) as broadcaster:
        yield broadcaster


def test_watchers_get_every_event_in_order_and_then_the_end(broadcaster: Broadcaster) -> None:
    sinks = [Recorder() for _ in range(3)]
    for sink in sinks:
        broadcaster.subscribe("1", sink, 0).start(GREETING)
    for seq in range(1, 100):
        broadcaster.publish("1", event(seq))
    broadcaster.publish("1", last_event(100))
    for sink in sinks:
        sink.ended()
        assert sink.messages[0] == GREETING
        assert sink.seqs == list(range(1, 101))
        assert sink.ends == 1


def test_a_batch_is_encoded_once_for_all(broadcaster: Broadcaster, encoder: Encoder) -> None:
    sinks = [Recorder() for _ in range(20)]
    for sink in sinks:
        broadcaster.subscribe("1", sink, 0).start(GREETING)
    for seq in range(1, 50):
        broadcaster.publish("1", event(seq))
    broadcaster.publish("1", last_event(50))
    wait_for(lambda: all(sink.ends for sink in sinks))
    assert [seq for batch in encoder.batches for seq in batch] == list(range(1, 51))


def test_what_comes_before_the_greeting_waits_for_it(broadcaster: Broadcaster) -> None:
    other, late = Recorder(), Recorder()
    broadcaster.subscribe("1", other, 0).start(GREETING)
    subscription = broadcaster.subscribe("1", late, 0)
    broadcaster.publish("1", event(1))
    broadcaster.publish("1", last_event(2))
    wait_for(lambda: other.ends)
    wait_for(lambda: subscription.over)
    assert late.messages == []
    subscription.start(GREETING)
    assert late.messages[0] == GREETING
    assert late.seqs == [1, 2]
    assert late.ends == 1


def test_who_joins_within_a_batch_gets_the_part_it_has_not_seen(
    broadcaster: Broadcaster, encoder: Encoder
) -> None:
    first, second = Recorder(), Recorder()
    broadcaster.subscribe("1", first, 0).start(GREETING)
    encoder.may_go_on.clear()
    broadcaster.publish("1", event(1))
    wait_for(lambda: encoder.batches)
    # The thread is busy with the first batch: the next events will be one batch.
    broadcaster.publish("1", event(2))
    broadcaster.publish("1", event(3))
    broadcaster.subscribe("1", second, 3).start(GREETING)
    broadcaster.publish("1", event(4))
    broadcaster.publish("1", last_event(5))
    encoder.may_go_on.set()
    wait_for(lambda: first.ends and second.ends)
    assert first.seqs == [1, 2, 3, 4, 5]
    assert second.seqs == [4, 5]


def test_nobody_gets_what_belongs_to_another_job(broadcaster: Broadcaster) -> None:
    sinks = {"1": Recorder(), "2": Recorder()}
    for job_id, sink in sinks.items():
        broadcaster.subscribe(job_id, sink, 0).start(GREETING)
    broadcaster.publish("1", event(1))
    broadcaster.publish("2", last_event(7))
    wait_for(lambda: sinks["1"].seqs and sinks["2"].ends)
    assert sinks["1"].seqs == [1]
    assert sinks["2"].seqs == [7]
    assert not sinks["1"].ends


def test_who_has_left_gets_nothing_more(broadcaster: Broadcaster) -> None:
    stays, leaves = Recorder(), Recorder()
    broadcaster.subscribe("1", stays, 0).start(GREETING)
    subscription = broadcaster.subscribe("1", leaves, 0)
    subscription.start(GREETING)
    broadcaster.unsubscribe("1", subscription)
    broadcaster.unsubscribe("1", subscription)
    broadcaster.publish("1", last_event(1))
    wait_for(lambda: stays.ends)
    assert leaves.messages == [GREETING]
    assert not leaves.ends


def test_a_job_that_nobody_watches_leaves_nothing_behind(broadcaster: Broadcaster) -> None:
    sink = Recorder()
    subscription = broadcaster.subscribe("1", sink, 0)
    broadcaster.unsubscribe("1", subscription)
    broadcaster.publish("1", event(1))
    watched = Recorder()
    broadcaster.subscribe("2", watched, 0).start(GREETING)
    broadcaster.publish("2", last_event(1))
    wait_for(lambda: watched.ends)
    wait_for(lambda: not broadcaster._subscriptions)
    assert not broadcaster._pending


def test_closing_sends_what_is_queued(broadcaster: Broadcaster, encoder: Encoder) -> None:
    sink = Recorder()
    broadcaster.subscribe("1", sink, 0).start(GREETING)
    encoder.may_go_on.clear()
    broadcaster.publish("1", event(1))
    wait_for(lambda: encoder.batches)
    # The last event and the close come while the thread is in the middle of a round.
    broadcaster.publish("1", last_event(2))
    with ThreadPoolExecutor(1) as pool:
        closed = pool.submit(broadcaster.close)
        wait_for(broadcaster._closed.is_set)
        encoder.may_go_on.set()
        closed.result()
    broadcaster.close()
    assert sink.seqs == [1, 2]
    assert sink.ends == 1


def test_joining_at_any_moment_loses_and_repeats_nothing(broadcaster: Broadcaster) -> None:
    """Joins as a registry does, under its lock, while a publisher never pauses."""
    lock = threading.Lock()
    seen = 0
    sinks: list[tuple[int, Recorder]] = []

    def publish() -> None:
        nonlocal seen
        for seq in range(1, 3001):
            with lock:
                seen = seq
                broadcaster.publish("1", event(seq) if seq < 3000 else last_event(seq))

    def join() -> None:
        sink = Recorder()
        with lock:
            if seen == 3000:
                return
            at = seen
            subscription = broadcaster.subscribe("1", sink, at)
        subscription.start(GREETING)
        sinks.append((at, sink))

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(publish), *[pool.submit(join) for _ in range(300)]]
        for future in futures:
            future.result()
    for at, sink in sinks:
        sink.ended()
        assert sink.seqs == list(range(at + 1, 3001))
