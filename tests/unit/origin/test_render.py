"""The embedded flags: what is there, and how it is drawn."""

import json
from pathlib import Path

from PIL import Image

from flagdl.origin.http import IMAGES_DIR
from tests.support.render import COUNTRIES_FILE, SIZE, draw, render


def test_every_flag_is_a_gif_of_the_promised_size() -> None:
    paths = sorted(IMAGES_DIR.glob("*.gif"))
    for path in paths:
        with Image.open(path, formats=["GIF"]) as image:
            image.load()
            assert image.size == (320, 240), path
    countries = json.loads(COUNTRIES_FILE.read_text(encoding="utf-8"))
    assert [path.stem.upper() for path in paths] == [country["cc"] for country in countries]
    assert len(paths) == 252


def test_flags_come_with_their_licence() -> None:
    assert "MIT License" in (IMAGES_DIR / "LICENSE").read_text()


def test_countries_have_names_capitals_and_continents() -> None:
    countries = {
        country["cc"]: country for country in json.loads(COUNTRIES_FILE.read_text(encoding="utf-8"))
    }
    assert countries["BR"] == {
        "cc": "BR", "name": "Brazil", "capital": "Brasília", "continent": "South America"
    }  # fmt: skip
    assert all(country["name"] for country in countries.values())
    assert {cc for cc, country in countries.items() if not country["continent"]} == {
        "AQ", "BV", "EU", "HM", "UN"
    }  # fmt: skip


STRIPES = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480">
<path fill="#900" d="M0 0h213.3v480H0z"/><path fill="#090" d="M213.3 0H640v480H213.3z"/></svg>"""


def test_stripes_that_meet_inside_a_pixel_leave_no_light_seam() -> None:
    # Only the white background has any blue.
    assert max(blue for _, (_, _, blue) in colors_of(draw(STRIPES, opaque=False))) > 40
    assert max(blue for _, (_, _, blue) in colors_of(draw(STRIPES, opaque=True))) < 5


def colors_of(image: Image.Image) -> list[tuple[int, tuple[int, ...]]]:
    return image.getcolors(SIZE[0] * SIZE[1])  # type: ignore[return-value]


def test_rendering_takes_the_chosen_codes_and_gives_the_same_bytes_again(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "LICENSE").write_text("free")
    (package / "package.json").write_text('{"version": "1"}')
    (package / "stripes.svg").write_text(STRIPES)
    entries = [
        {"code": "zw", "iso": True, "name": "Zimbabwe", "capital": "Harare", "continent": "Africa"},
        {"code": "xk", "iso": False, "name": "Kosovo", "capital": None},
        {"code": "gb-wls", "iso": False, "name": "Wales"},
    ]
    flag = {"flag_4x3": "stripes.svg"}
    (package / "country.json").write_text(json.dumps([entry | flag for entry in entries]))

    made = []
    for directory in (tmp_path / "one", tmp_path / "two"):
        render(package, directory, tmp_path / "countries.json")
        made.append({path.name: path.read_bytes() for path in directory.iterdir()})

    assert made[0] == made[1]
    assert sorted(made[0]) == ["LICENSE", "xk.gif", "zw.gif"]
    assert (tmp_path / "countries.json").read_text() == (
        '[\n{"cc": "XK", "name": "Kosovo", "capital": "", "continent": ""},\n'
        '{"cc": "ZW", "name": "Zimbabwe", "capital": "Harare", "continent": "Africa"}\n]\n'
    )
