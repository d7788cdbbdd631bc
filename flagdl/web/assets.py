"""Scripts, styles and pictures of the pages, compressed and cached by browsers."""

import hashlib
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

from flask import Flask, Response, request
from flask_bootstrap import Bootstrap5
from flask_compress import Compress

STATIC = Path(__file__).resolve().parents[2] / "static"
ASSETS = frozenset({"static", "styles", "bootstrap.static"})
IMMUTABLE = "public, max-age=31536000, immutable"
# The order matters: of two rules of the same weight, the later one wins.
SHEETS = (
    "base/tokens", "base/base", "base/header", "base/controls",
    "parts/form", "parts/picker", "parts/panel", "parts/counts", "parts/mosaic", "parts/timeline",
    "parts/explain", "parts/log", "parts/gallery", "parts/cards", "parts/dock", "parts/viewer",
    "parts/history", "parts/compare", "parts/replay", "parts/tour", "parts/api",
    "base/pages", "base/projector", "base/forced-colors", "base/print",
)  # fmt: skip
IMPORT = re.compile(r"^(?:import|export) .*from '(\.[^']+)';$|^\} from '(\.[^']+)';$", re.MULTILINE)


def static_url_path() -> str:
    """Return the path of the static files, with a digest of all of them in it.

    So the address of a file changes with its content. Modules import each other by relative paths,
    which keep the digest.
    """
    digest = hashlib.sha256(" ".join(SHEETS).encode())
    for path in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode())
        digest.update(path.read_bytes())
    return f"/static/{digest.hexdigest()[:12]}"


def init_app(app: Flask) -> None:
    """Compress the answers, let browsers cache the assets, and let templates find them."""
    app.config.update(
        BOOTSTRAP_SERVE_LOCAL=True,
        COMPRESS_STREAMING_ENDPOINT_CONDITIONAL=["static", "bootstrap.static"],
    )
    Bootstrap5(app)
    Compress(app)
    app.add_url_rule(f"{app.static_url_path}/styles.css", "styles", _send_styles)
    app.after_request(_allow_caching)
    app.jinja_env.globals.update(
        bootstrap_version=version("bootstrap-flask"), modules_of=modules_of
    )


@cache
def modules_of(page: str) -> tuple[str, ...]:
    """Return the modules that a page's script imports, directly or not.

    The page preloads them all at once; without that, the browser finds them level by level.
    """
    found: dict[Path, None] = {}

    def visit(module: Path) -> None:
        for names in IMPORT.findall(module.read_text("utf-8")):
            imported = (module.parent / "".join(names)).resolve()
            if imported not in found:
                found[imported] = None
                visit(imported)

    visit(STATIC / "js/pages" / f"{page}.js")
    return tuple(path.relative_to(STATIC).as_posix() for path in found)


def styles() -> str:
    """Return the style sheets as one."""
    sheets = (STATIC / "css" / f"{name}.css" for name in SHEETS)
    return "\n".join(path.read_text("utf-8") for path in sheets)


def _send_styles() -> Response:
    """Send the style sheets as one: many small requests take longer."""
    return Response(styles(), mimetype="text/css")


def _allow_caching(response: Response) -> Response:
    if request.endpoint in ASSETS and response.status_code == 200:
        response.headers["Cache-Control"] = IMMUTABLE
    return response
