"""A page as one file, which needs no server: its modules, its styles and its policy.

The modules are those of the dashboard. An import map has them as data: addresses, so they also work
in a page that is opened from a disk.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

from flask import current_app

from flagdl.web.assets import STATIC, styles
from flagdl.web.choices import NAMES_FILE

SCRIPTS = STATIC / "js"
COMMENTS = re.compile(r"/\*.*?\*/|^\s*//[^\n]*\n", re.DOTALL | re.MULTILINE)
IMPORTED = re.compile(r"(\bfrom |\bimport\()'(\.[^']+)'")
NAMED = re.compile(r"(?:\bfrom |\bimport\()'([^']+\.js)'")  # a name of the import map
# Characters that need no escape in a data: address and in an element of HTML.
SAFE = " !\"$&'()*+,-./:;=>?@[\\]^_`{|}~"
CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
WORD = re.compile(r"[\w-]+")
NESTING = ("@media", "@supports", "@layer", "@container")


@cache
def script(name: str) -> str:
    """Return a page's script for the file: it imports by the names of the import map."""
    return _module(SCRIPTS / "pages" / f"{name}.js")


@cache
def import_map(root: str) -> str:
    """Return the import map with a module and all that it imports, at once or later."""
    addresses: dict[str, str] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in addresses:
            code = _module(SCRIPTS / name)
            addresses[name] = f"data:text/javascript,{quote(code, SAFE)}"
            waiting += NAMED.findall(code)
    return json.dumps({"imports": addresses}).replace("<", "\\u003c")


def style(page: str) -> str:
    """Return the rules of the style sheets that may apply to elements of a page."""
    bootstrap = Path(str(current_app.blueprints["bootstrap"].static_folder))
    css = (bootstrap / "css/bootstrap.min.css").read_text("utf-8") + styles()
    css = COMMENTS.sub("", css).replace('@charset "UTF-8";', "")
    return "".join(_used(css, set(WORD.findall(page))))


def policy(*scripts: str, style: str) -> str:
    """Return the Content-Security-Policy of a page with these scripts and this style."""
    return "; ".join(
        [
            "default-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "img-src data:",
            f"style-src {_source(style)}",
            f"script-src data: {' '.join(map(_source, scripts))}",
            "require-trusted-types-for 'script'",
        ]
    )


def _module(path: Path) -> str:
    """Return a module without comments; the module of names is empty: too large for a file."""
    code = COMMENTS.sub("", path.read_text("utf-8"))
    if path == NAMES_FILE:
        return code.partition(" = ")[0] + " = {};"
    lines = (line.strip() for line in code.splitlines())
    code = "\n".join(line for line in lines if line)
    return IMPORTED.sub(lambda found: f"{found[1]}'{_name(path.parent / found[2])}'", code)


def _name(path: Path) -> str:
    return path.resolve().relative_to(SCRIPTS).as_posix()


def _used(css: str, words: set[str]) -> Iterator[str]:
    """Yield the rules whose classes are all among the words."""
    for selector, body in _rules(css):
        if selector.startswith(NESTING):
            if inner := "".join(_used(body, words)):
                yield f"{selector}{{{inner}}}"
        elif any(words.issuperset(CLASS.findall(one)) for one in selector.split(",")):
            yield f"{selector}{{{body}}}"


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield each rule: what is before its braces, and what is between them."""
    begin = opened = depth = 0
    for brace in re.finditer("[{}]", css):
        at = brace.start()
        if brace[0] == "{":
            opened = opened if depth else at
            depth += 1
        else:
            depth -= 1
            if not depth:
                yield " ".join(css[begin:opened].split()), " ".join(css[opened + 1 : at].split())
                begin = at + 1


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
