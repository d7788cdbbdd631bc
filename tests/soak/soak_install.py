"""`make soak`: two starts at once rebuild a broken environment, with its own pip."""

from pathlib import Path

from tests.support.checkouts import made, make_checkout, make_environment, packages, start


def test_an_environment_whose_python_is_gone_is_made_anew_and_once(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path)
    make_environment(checkout)
    (checkout / ".venv/run.stamp").touch()
    for python in (checkout / ".venv/bin").glob("python*"):
        python.unlink()
        python.symlink_to("/nonsense")
    said = "".join(map(made, [start(checkout, what) for what in ("run", "test")]))
    assert (said.count("making"), said.count("installing")) == (1, 2)
    assert (packages(checkout) / "tiny.py").exists()
