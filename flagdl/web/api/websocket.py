"""The websocket: a job's events as they happen."""

import json
from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from flask import Blueprint, g, request
from flask_sock import Sock
from simple_websocket import Server

from flagdl.history.writer import HistoryError
from flagdl.jobs.registry import NoJob
from flagdl.model.events import Event
from flagdl.model.job import WholeJob
from flagdl.web.api.calls import Answer, call
from flagdl.web.api.jobs import JOB, SINCE
from flagdl.web.arguments import number_in_query
from flagdl.web.dashboard import dashboard
from flagdl.web.server.watcher import INTERNAL_ERROR, text_frame

live = Blueprint("live", __name__)
sock = Sock()

UNKNOWN_JOB = 4404


class Snapshot(TypedDict):
    """The first message, unless `since` says what is known already."""

    type: Literal["snapshot"]
    job: WholeJob


class Batch(TypedDict):
    """Events that have just happened; as the first message, those after `since`."""

    type: Literal["events"]
    events: list[Event]


class Heartbeat(TypedDict):
    """Says that the connection is alive, and when the next one comes at the latest."""

    type: Literal["heartbeat"]
    seconds: float


def encode_events(events: Sequence[Event]) -> bytes:
    """Return a batch of events as a websocket frame."""
    batch = ",".join(event.json for event in events)
    return text_frame(f'{{"type":"events","events":[{batch}]}}')


@live.before_request
def _before_upgrade() -> None:
    # No compression: so all watchers share one frame. Compressing would cost more than it saves.
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    # wsproto fails on what is not ASCII. Such a header counts as not sent.
    for name, value in [*request.environ.items()]:
        if name.startswith("HTTP_") and not value.isascii():
            del request.environ[name]
    g.since = number_in_query(SINCE) if "since" in request.args else None


@sock.route("/ws/jobs/<job_id>", bp=live)
@call(
    JOB,
    SINCE,
    answers={
        101: Answer("The messages, each a text frame.", Snapshot | Batch | Heartbeat),
        400: "This is not a websocket request.",
        403: "A page of another site connects.",
    },
)
def watch(ws: Server, job_id: str) -> None:
    """Send a job's snapshot, or what was missed, and its events until it ends.

    The first heartbeat comes at once, so that the browser knows when to expect the next one.
    """
    watchers, registry = dashboard().watchers, dashboard().registry
    watcher = watchers.register(ws)
    if watcher is None:
        return
    subscribed = None
    try:
        subscribed = registry.subscribe(job_id, watcher, g.since)
        subscribed.subscription.start(_frame(subscribed.first))
        watcher.send(watchers.heartbeat)
        watcher.read_until_closed()
    except NoJob:
        watcher.end(UNKNOWN_JOB, "unknown job")
        watcher.read_until_closed()
    except HistoryError:
        # After the upgrade, an error can only be reported in a close frame.
        watcher.end(INTERNAL_ERROR, "the history can't be read")
    finally:
        if subscribed:
            dashboard().broadcaster.unsubscribe(job_id, subscribed.subscription)
        watchers.unregister(watcher)


def _frame(message: dict[str, Any]) -> bytes:
    return text_frame(json.dumps(message, separators=(",", ":")))
