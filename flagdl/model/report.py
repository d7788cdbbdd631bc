"""The book's report, word for word: the same lines in the terminal and on a job's page."""

from collections.abc import Mapping, Sequence

from flagdl.model.events import DownloadStatus


def initial_report(label: str, site: str, codes: Sequence[str], max_req: int) -> str:
    """Return the report at the start, three lines."""
    which = ", ".join(codes) if len(codes) <= 10 else f"from {codes[0]} to {codes[-1]}"
    return (
        f"{label} site: {site}\n"
        f"Searching for {len(codes)} flag{_s(len(codes))}: {which}\n"
        f"{max_req} concurrent connection{_s(max_req)} will be used."
    )


def final_report(counts: Mapping[DownloadStatus, int], elapsed: float) -> str:
    """Return the report at the end; lines with a zero are left out, as in the book."""
    ok, not_found, errors, cancelled = (counts.get(status, 0) for status in DownloadStatus)
    lines = ["-" * 20, f"{ok} flag{_s(ok)} downloaded."]
    if not_found:
        lines.append(f"{not_found} not found.")
    if errors:
        lines.append(f"{errors} error{_s(errors)}.")
    if cancelled:
        lines.append(f"{cancelled} cancelled.")
    lines.append(f"Elapsed time: {elapsed:.2f}s")
    return "\n".join(lines)


def _s(number: int) -> str:
    return "" if number == 1 else "s"
