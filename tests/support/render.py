"""`python -m tests.support.render`: draw the servers' flags and list their countries.

Needs npm, unless the package is given with --package. The images in the repository were made
with Pillow 13.0.0 and resvg_py 0.5.0; the same versions give the same bytes.
"""

import argparse
import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import resvg_py
from PIL import Image

from tests.support.running import ROOT

PACKAGE = "flag-icons@7.5.0"
FLAGS_DIR = ROOT / "flagdl/origin/flags"
COUNTRIES_FILE = ROOT / "flagdl/model/countries.json"
SIZE = (320, 240)
COLORS = 128
BEYOND_ISO = {"eu", "un", "xk"}
PENNANTS = {"np"}  # the one flag that isn't a rectangle


def fetch_package(directory: Path) -> Path:
    """Download the npm package into `directory`; raises CalledProcessError where that fails."""
    subprocess.run(
        ["npm", "pack", "--silent", PACKAGE], cwd=directory, check=True, stdout=subprocess.DEVNULL
    )
    (archive,) = directory.glob("*.tgz")
    # Not tarfile: it has a safe way to extract only since Python 3.11.4.
    subprocess.run(["tar", "-xzf", archive.name], cwd=directory, check=True)
    return directory / "package"


def read_countries(package: Path) -> list[dict[str, Any]]:
    """Return the package's entries that have a two-letter code of their own, by code."""
    entries = json.loads((package / "country.json").read_text(encoding="utf-8"))
    chosen = [entry for entry in entries if entry["iso"] or entry["code"] in BEYOND_ISO]
    return sorted(chosen, key=lambda entry: str(entry["code"]))


def countries_json(countries: list[dict[str, Any]]) -> str:
    """Format the countries' names as JSON, one a line, so that a change shows as one line."""
    rows = (
        {
            "cc": entry["code"].upper(),
            "name": entry["name"],
            "capital": entry.get("capital") or "",
            "continent": entry.get("continent") or "",
        }
        for entry in countries
    )
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"


def draw(svg: str, *, opaque: bool) -> Image.Image:
    """Render a flag; an `opaque` one gets no light seams where two stripes meet inside a pixel."""
    width, height = SIZE
    png = resvg_py.svg_to_bytes(svg_string=svg, width=width, height=height, skip_system_fonts=True)
    flag = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
    paper = Image.new("RGBA", SIZE, "white")
    if opaque:
        # The flag itself, a little larger, lies under it and shows through the seams.
        paper.alpha_composite(flag.resize(SIZE, box=(2, 2, width - 2, height - 2)))
    paper.alpha_composite(flag)
    return paper.convert("RGB")


def save(image: Image.Image, path: Path) -> None:
    """Write a GIF with a palette of its own; flat areas keep their exact colours."""
    # Dithering would speckle the edges; k-means moves the palette to where the pixels are.
    paletted = image.quantize(
        COLORS, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE
    )
    paletted.save(path, "GIF", optimize=True)


def render(package: Path, flags: Path = FLAGS_DIR, countries_file: Path = COUNTRIES_FILE) -> None:
    """Replace the flags, their licence and the list of countries by what `package` has."""
    countries = read_countries(package)
    shutil.rmtree(flags, ignore_errors=True)
    flags.mkdir()
    for entry in countries:
        cc = entry["code"]
        svg = (package / entry["flag_4x3"]).read_text(encoding="utf-8")
        save(draw(svg, opaque=cc not in PENNANTS), flags / f"{cc}.gif")
    shutil.copyfile(package / "LICENSE", flags / "LICENSE")
    countries_file.write_text(countries_json(countries), encoding="utf-8")

    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    size = sum(path.stat().st_size for path in flags.glob("*.gif"))
    print(f"{len(countries)} flags of flag-icons {version}: {size} bytes in {flags}")


def main() -> None:
    """Read the command line and render."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.render",
        description=f"Draw the embedded servers' flags from the npm package {PACKAGE}.",
    )
    parser.add_argument(
        "--package", metavar="DIR", type=Path, help="use this unpacked package instead of npm's"
    )
    package = parser.parse_args().package
    with tempfile.TemporaryDirectory() as directory:
        try:
            render(package or fetch_package(Path(directory)))
        except (OSError, subprocess.CalledProcessError) as exc:
            sys.exit(f"The flags could not be drawn: {exc}")


if __name__ == "__main__":
    main()
