"""What several parts of the web ask of the registry; a refusal of its is a Problem."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

from flask_babel import gettext

from flagdl.jobs.registry import JobRunning, NothingToRetry, TooManyJobs
from flagdl.model.spec import SpecError, parse_spec
from flagdl.web.dashboard import dashboard
from flagdl.web.problems import Problem, as_sentence

T = TypeVar("T")


def known_job(job_id: str, found: T | None) -> T:
    """Return what was found of a job; raises Problem 404 where it is None."""
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "There is no job %(id)s.", id=job_id)
    return found


def start_job(options: Mapping[str, object]) -> dict[str, Any]:
    """Start a job and return it; raises Problem where it can't be."""
    try:
        return dashboard().registry.submit(parse_spec(options, dashboard().servers))
    except SpecError as exc:
        raise refused(exc) from exc
    except TooManyJobs as exc:
        raise busy(exc) from exc


def retry_job(job_id: str) -> dict[str, Any]:
    """Start a job for what failed in another and return it; raises Problem where it can't be."""
    try:
        return known_job(job_id, dashboard().registry.retry(job_id))
    except JobRunning as exc:
        raise Problem(HTTPStatus.CONFLICT, "The job has not ended yet.") from exc
    except SpecError as exc:
        raise refused(exc) from exc
    except NothingToRetry as exc:
        raise Problem(
            HTTPStatus.CONFLICT, "Nothing to retry: every flag was saved or doesn't exist."
        ) from exc
    except TooManyJobs as exc:
        raise busy(exc) from exc


def in_words(error: SpecError) -> str:
    """Say in the reader's language what an option must be."""
    return str(gettext(error.template, **error.values))


def refused(exc: SpecError) -> Problem:
    """Return the answer to whoever asks for a job that can't be."""
    return Problem(HTTPStatus.BAD_REQUEST, f"{exc.field} {in_words(exc)}", exc.field)


def busy(exc: TooManyJobs) -> Problem:
    """Return the answer to whoever asks for one job too many."""
    reason = as_sentence(gettext(str(exc)))
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"{reason}.", retry_after=5)
