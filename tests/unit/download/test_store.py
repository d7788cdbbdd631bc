"""The directory of saved flags: whole files only, whatever happens."""

import contextlib
import errno
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from flagdl.download.store import FlagStore
from tests.support.hostile import GIF
from tests.support.running import wait_for

# A GIF's ends show that it is whole. These two differ in length and in every byte between.
SHORT = b"GIF89a\x02\x00\x03\x00" + b"s" * 1_000 + b";"
LONG = b"GIF89a\x04\x00\x05\x00" + b"l" * 300_000 + b";"


@pytest.fixture
def store(tmp_path: Path) -> FlagStore:
    return FlagStore(tmp_path / "made" / "when needed")


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def files(store: FlagStore) -> list[str]:
    return sorted(path.name for path in store.directory.iterdir())


def test_what_is_saved_can_be_read_listed_and_deleted(store: FlagStore) -> None:
    store.save("BR", GIF)
    store.save("AD", SHORT)
    assert files(store) == ["ad.gif", "br.gif"]
    assert store.path("BR").read_bytes() == GIF
    ad, br = store
    assert (ad.cc, ad.bytes, ad.width, ad.height) == ("AD", len(SHORT), 2, 3)
    assert (br.cc, br.bytes, br.width, br.height) == ("BR", len(GIF), 320, 240)
    assert br.saved_at == store.path("BR").stat().st_mtime_ns
    assert store.get("br") == br
    assert store.delete("BR")
    assert not store.delete("BR")
    assert store.get("BR") is None
    assert [flag.cc for flag in store] == ["AD"]


def test_a_directory_that_does_not_exist_is_empty_and_is_not_made_by_looking(
    store: FlagStore,
) -> None:
    assert list(store) == []
    assert store.get("BR") is None
    assert not store.delete("BR")
    assert not store.restore("BR")
    store.sweep()
    assert not store.directory.exists()


def test_other_files_are_no_flags(store: FlagStore) -> None:
    store.save("BR", GIF)
    for name in ("index.html", "bra.gif", "BR.GIF", ".br.0.part", "b1.gif", "br.gif.bak"):
        (store.directory / name).write_bytes(GIF)
    assert [flag.cc for flag in store] == ["BR"]


def test_a_link_is_not_followed_and_is_replaced_by_a_download(
    store: FlagStore, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(SHORT)
    store.directory.mkdir(parents=True)
    store.path("BR").symlink_to(secret)
    assert store.get("BR") is None
    assert store.read("BR") is None
    assert list(store) == []
    assert not store.delete("BR")
    store.save("BR", GIF)
    assert store.read("BR") == GIF
    assert secret.read_bytes() == SHORT


def bind(path: Path) -> None:
    # Bind to a short name: a socket's address has room for only a hundred bytes.
    with socket.socket(socket.AF_UNIX) as listener, contextlib.chdir(path.parent):
        listener.bind(path.name)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, bind], ids=["directory", "pipe", "socket"])
def test_what_is_no_file_is_no_flag(make: Callable[[Path], None], store: FlagStore) -> None:
    store.save("AD", SHORT)
    make(store.path("BR"))
    before = descriptors()
    assert store.get("BR") is None
    assert store.read("BR") is None
    assert not store.delete("BR")
    assert [flag.cc for flag in store] == ["AD"]
    wait_for(lambda: descriptors() <= before)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_what_may_not_be_read_is_no_flag(
    number: int, store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save("AD", SHORT)
    store.save("BR", GIF)
    open_file = os.open

    def refuse(path: Path, flags: int) -> int:
        if path == store.path("BR"):
            raise PermissionError(number, os.strerror(number))
        return open_file(path, flags)

    # The tests may run as root, which ignores file modes.
    monkeypatch.setattr(os, "open", refuse)
    assert [flag.cc for flag in store] == ["AD"]
    assert store.read("BR") is None
    assert not store.delete("BR")


def test_too_few_descriptors_make_no_flag_go_away(
    store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save("BR", GIF)

    def refuse(path: Path, flags: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OSError, match="Too many open files"):
        list(store)


def test_a_save_that_fails_leaves_what_was_there(store: FlagStore) -> None:
    store.save("AD", SHORT)
    # A directory in the file's place: replacing it fails, after the image has been written.
    store.path("BR").mkdir()
    with pytest.raises(IsADirectoryError):
        store.save("BR", GIF)
    assert files(store) == ["ad.gif", "br.gif"]
    assert store.read("AD") == SHORT


def test_what_a_crash_would_lose_takes_nothings_place(
    store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    replace = Path.replace

    def replace_by_synced(partial: Path, target: Path) -> Path:
        assert synced == [partial.stat().st_ino]
        assert partial.read_bytes() == GIF
        return replace(partial, target)

    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
    monkeypatch.setattr(Path, "replace", replace_by_synced)
    store.save("BR", GIF)
    assert store.read("BR") == GIF


def test_a_directory_that_may_not_be_looked_into_has_no_flags(store: FlagStore) -> None:
    store.save("BR", GIF)
    with _shut(store.directory.parent):
        assert list(store) == []
        assert store.read("BR") is None
        store.sweep()
        with pytest.raises(PermissionError):
            store.save("BR", GIF)
    assert [flag.cc for flag in store] == ["BR"]


@contextlib.contextmanager
def _shut(directory: Path) -> Iterator[None]:
    """Keep this process out of a directory; root ignores modes, so it becomes `nobody`."""
    user, mode = os.geteuid(), directory.stat().st_mode
    directory.chmod(0)
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)
        directory.chmod(mode)


@pytest.mark.parametrize("where", ["downloads", "downloads/below"])
def test_a_file_in_the_directorys_place_is_an_os_error_and_has_no_flags(
    tmp_path: Path, where: str
) -> None:
    (tmp_path / "downloads").write_text("mine")
    with pytest.raises(OSError, match=re.escape(str(tmp_path / where))):
        FlagStore(tmp_path / where).save("BR", GIF)
    store = FlagStore(tmp_path / where)
    assert list(store) == []
    assert store.read("BR") is None
    assert not store.delete("BR")
    assert not store.restore("BR")
    store.sweep()
    assert (tmp_path / "downloads").read_text() == "mine"


def test_somebody_else_may_make_the_directory_at_the_same_moment(
    store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = Path.mkdir

    def too_late(path: Path, *args: Any, **kwargs: Any) -> None:
        mkdir(path, parents=True, exist_ok=True)
        mkdir(path, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", too_late)
    store.save("BR", GIF)
    assert store.read("BR") == GIF


def test_two_writers_and_a_reader_only_ever_see_whole_files(store: FlagStore) -> None:
    store.save("BR", SHORT)
    written = threading.Event()

    def write(image: bytes) -> None:
        for _ in range(40):
            store.save("BR", image)

    def read() -> int:
        seen = 0
        while not written.is_set():
            assert store.path("BR").read_bytes() in (SHORT, LONG)
            assert store.read("BR") in (SHORT, LONG)
            seen += 1
        return seen

    with ThreadPoolExecutor(3) as executor:
        reader = executor.submit(read)
        writers = [executor.submit(write, image) for image in (SHORT, LONG)]
        try:
            for writer in writers:
                writer.result()
        finally:
            written.set()
        assert reader.result() > 0
    assert files(store) == ["br.gif"]


def test_what_is_deleted_comes_back_as_it_was(store: FlagStore) -> None:
    store.save("BR", GIF)
    before = store.get("BR")
    assert store.delete("BR")
    assert store.get("BR") is None
    assert list(store) == []
    assert store.restore("br")
    assert store.get("BR") == before
    assert not store.restore("BR")
    assert files(store) == ["br.gif"]


def test_what_was_saved_since_the_deletion_stays(store: FlagStore) -> None:
    store.save("BR", SHORT)
    store.delete("BR")
    store.save("BR", GIF)
    assert store.restore("BR")
    assert store.read("BR") == GIF
    assert not store.restore("BR")
    assert files(store) == ["br.gif"]


def test_the_last_deletion_is_the_one_to_take_back(store: FlagStore) -> None:
    for image in (SHORT, GIF):
        store.save("BR", image)
        assert store.delete("BR")
    assert store.restore("BR")
    assert store.read("BR") == GIF


def test_a_file_system_without_links_can_restore_too(
    store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*args: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    for newer, kept in ((None, SHORT), (GIF, GIF)):
        store.save("BR", SHORT)
        store.delete("BR")
        if newer:
            store.save("BR", newer)
        assert store.restore("BR")
        assert store.read("BR") == kept
        assert files(store) == ["br.gif"]


def test_deleting_and_restoring_at_once_neither_loses_nor_doubles_a_flag(store: FlagStore) -> None:
    store.save("BR", GIF)

    together = threading.Barrier(4)

    def repeat(act: Callable[[str], bool]) -> None:
        together.wait()
        for _ in range(200):
            act("BR")

    with ThreadPoolExecutor(4) as executor:
        list(executor.map(repeat, [store.delete, store.restore] * 2))
    store.restore("BR")
    assert store.read("BR") == GIF
    assert files(store) == ["br.gif"]


def test_sweeping_removes_what_was_deleted_and_what_a_killed_process_left(store: FlagStore) -> None:
    store.save("BR", GIF)
    store.save("AD", GIF)
    store.delete("AD")
    (store.directory / ".br.0123.part").write_bytes(GIF[:100])
    (store.directory / ".hidden").write_text("mine")
    store.sweep()
    assert files(store) == [".hidden", "br.gif"]
    assert not store.restore("AD")


def test_sweeping_leaves_what_cant_be_removed(store: FlagStore) -> None:
    store.save("BR", GIF)
    store.delete("BR")
    (store.directory / ".x.part").mkdir()
    store.sweep()
    assert files(store) == [".x.part"]


def test_who_saves_while_a_dashboard_starts_saves(
    store: FlagStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save("AD", GIF)
    sync = os.fsync

    def swept(descriptor: int) -> None:
        sync(descriptor)
        monkeypatch.setattr("os.fsync", sync)
        store.sweep()

    monkeypatch.setattr("os.fsync", swept)
    store.save("BR", GIF)
    assert store.read("BR") == GIF
    assert files(store) == ["ad.gif", "br.gif"]
