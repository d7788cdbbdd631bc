"""What pages say of a job and of the history, in the reader's language.

Scripts say the same of a job that changes, in static/js/lib/text.js and static/js/text/job.js.
tests/fixtures/words.json has the cases that both must pass.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask_babel import format_decimal, format_percent, get_locale, gettext, ngettext

from flagdl.history.schema import Rescue
from flagdl.model.embedded import LAB, N_
from flagdl.model.events import DownloadStatus, JobState
from flagdl.model.figures import figures as measure
from flagdl.model.job import Summary
from flagdl.model.lab import SETTINGS

SEPARATOR = "\u00a0· "
NONE = "–"  # where there is nothing to measure
STATES = {
    JobState.PENDING: N_("Waiting"),
    JobState.RUNNING: N_("Running"),
    JobState.FINISHED: N_("Finished"),
    JobState.CANCELLED: N_("Cancelled"),
    JobState.FAILED: N_("Failed"),
    JobState.INTERRUPTED: N_("Interrupted"),
    JobState.UNREADABLE: N_("Unreadable"),
}
# The looks of a code: the status of its download, or what the code is before that.
LOOKS = {
    "ok": N_("saved"),
    "not_found": N_("not found"),
    "error": N_("failed"),
    "cancelled": N_("cancelled"),
    "held": N_("held back"),
    "running": N_("running"),
    "pending": N_("pending"),
}
TALLY = {
    DownloadStatus.OK: N_("%(num)s saved"),
    DownloadStatus.NOT_FOUND: N_("%(num)s not found"),
    DownloadStatus.ERROR: N_("%(num)s failed"),
    DownloadStatus.CANCELLED: N_("%(num)s cancelled"),
}


def look(name: str) -> str:
    """Return the words for a look of a code."""
    return str(gettext(LOOKS[name]))


def server(spec: Mapping[str, Any]) -> str:
    """Return a server's label, and how LAB answers: "LAB 0.5 s ± 50%, 10% errors, seed 3"."""
    if spec["server"] != LAB:
        return str(spec["server"])
    delay, seed = format_decimal(spec["delay"], "#,##0.###"), spec["seed"]
    # As the language has it: "#,##0%" is a percentage without digits after the point.
    percentage = get_locale().percent_formats[None].pattern.replace("0", "0.##")
    spread, errors = (format_percent(spec[name], percentage) for name in ("spread", "errors"))
    text = N_("LAB %(delay)s s ± %(spread)s, %(errors)s errors, seed %(seed)s")
    return str(gettext(text, delay=delay, spread=spread, errors=errors, seed=seed))


def spec(job: Summary, *, with_flags: bool = False) -> str:
    """Return what identifies a job: its server, its strategy, its connections."""
    traits = _traits(job)
    if traits and not with_flags:
        del traits["flags"]
    return SEPARATOR.join(traits.values()) or str(gettext("A job that can’t be read"))


def specs(jobs: Sequence[Summary]) -> tuple[str, list[str]]:
    """Return what several jobs have in common, and what identifies each among them."""
    all_traits = [_traits(job) for job in jobs]
    alike = {name for name in all_traits[0] if len({each.get(name) for each in all_traits}) == 1}
    # Settings that differ can be the same once they are rounded.
    if len({tuple(map(job["spec"].get, SETTINGS)) for job in jobs}) > 1:
        alike.discard("server")
    own = [[text for name, text in each.items() if name not in alike] for each in all_traits]
    common = [text for name, text in all_traits[0].items() if name in alike]
    return SEPARATOR.join(common), [SEPARATOR.join(texts) for texts in own]


def _traits(job: Summary) -> dict[str, str]:
    if not job["total"]:
        return {}
    return {
        "server": server(job["spec"]),
        "strategy": job["spec"]["strategy"],
        **({"executor": gettext("on a cluster")} if "executor" in job["spec"] else {}),
        "flags": ngettext("%(num)s flag", "%(num)s flags", job["total"]),
        "connections": ngettext("%(num)s connection", "%(num)s connections", job["concurrency"]),
    }


def standing(job: Summary) -> tuple[str, str]:
    """Return the icon and the words for a job's state; a finished job may have failed flags."""
    state, counts = job["state"], job["counts"]
    saved, failed = counts[DownloadStatus.OK], counts[DownloadStatus.ERROR]
    if state != JobState.FINISHED or (saved and not failed):
        return state, gettext(STATES[state])
    if not saved:
        return "partly", gettext("Finished, nothing saved")
    return "partly", ngettext("Finished, %(num)s failed", "Finished, %(num)s failed", failed)


def tally(counts: Mapping[DownloadStatus, int]) -> str:
    """Return the counts, "50 saved, 4 not found", without those that are 0."""
    return ", ".join(
        gettext(text, num=counts[status])
        for status, text in TALLY.items()
        if counts[status] or status is DownloadStatus.OK
    )


def duration(seconds: float) -> str:
    """Return a time with the digits that matter: "4.7 ms", "512 ms", "3.21 s", "2 min 05 s"."""
    if seconds < 0.9995:
        digits = 1 if 0 < seconds < 0.00995 else 0
        return str(gettext("%(number)s ms", number=_decimal(seconds * 1000, digits)))
    if seconds < 59.995:
        return str(gettext("%(seconds)s s", seconds=_decimal(seconds, 2)))
    minutes, rest = divmod(int(seconds + 0.5), 60)  # round() would make 60.5 a minute
    return str(gettext("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=f"{rest:02}"))


def figures(job: Mapping[str, Any]) -> dict[str, str]:
    """Return what a job measured, by the rows of the comparison's table."""
    first, held, speedup, waiting, floor = measure(job["items"], job["elapsed"], job["concurrency"])
    ended = job["ended"]
    return {
        "time": duration(job["elapsed"]),
        "first": NONE if first is None else duration(first),
        "held": duration(held),
        "waiting": format_percent(waiting) if ended and waiting is not None else NONE,
        "speedup": _decimal(speedup, 1) if ended and speedup is not None else NONE,
        "floor": duration(floor) if ended and floor is not None else NONE,
    }


def rescue(done: Rescue | None) -> str:
    """Return a sentence about a history that was damaged; empty if none was."""
    match done:
        case Rescue(is_complete=False, aside=None):
            text = N_("The history's file was deleted or emptied, so a new history began.")
        case Rescue(is_complete=False):
            text = N_(
                "The history was damaged, so a new one began."
                " The damaged file is kept as %(file)s, until you delete it."
            )
        case Rescue(aside=Path()):
            text = N_(
                "The history's file was damaged or replaced, and was written again with all jobs."
                " What lay there is kept as %(file)s, until you delete it."
            )
        case _:
            return ""
    return str(gettext(text, file=done.aside))


def is_exception(detail: str) -> bool:
    """Whether the reason of a failure is a bug's repr, as "KeyError('x')", and not a sentence."""
    return bool(re.match(r"\w+\(", detail))


def _decimal(value: float, digits: int) -> str:
    return str(format_decimal(value, f"0.{'0' * digits}" if digits else "0"))
