"""The cache on disk: damaged entries, killed writers, concurrent processes, full folders."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from dovetail.compile import cache
from dovetail.errors import CacheWarning
from dovetail.options import override

KEY = "a" * 64
PAYLOAD = bytes(range(256)) * 8
HEADER = 52


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "deep" / "cache"
    with override(cache_dir=path, cache=True, cache_max_bytes=1 << 20):
        yield path


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.code"))


def temporaries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.writing"))


def run(program: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A process that works on the same folder."""
    environment = {**os.environ, "DOVETAIL_CACHE_DIR": str(folder), "DOVETAIL_CACHE": "1"}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_round_trip(folder: Path) -> None:
    assert cache.get(KEY) is None
    assert not folder.exists()
    cache.put(KEY, PAYLOAD)
    cache.put("empty", b"")
    assert cache.get(KEY) == PAYLOAD
    assert cache.get("empty") == b""
    cache.put(KEY, b"other")
    assert cache.get(KEY) == b"other"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in entries(folder))
    assert temporaries(folder) == []


@pytest.mark.parametrize("key", ["../../escape", "", "a/b", "ä" * 300, "a" * 200, ".", "x\0y"])
def test_any_text_is_a_key(folder: Path, key: str) -> None:
    cache.put(key, b"value")
    assert cache.get(key) == b"value"
    assert [file.parent for file in entries(folder)] == [folder]
    assert list(folder.parent.iterdir()) == [folder]


def test_switched_off(folder: Path) -> None:
    with override(cache=False):
        cache.put(KEY, PAYLOAD)
        assert not folder.exists()
    cache.put(KEY, PAYLOAD)
    with override(cache=False):
        assert cache.get(KEY) is None


@pytest.mark.parametrize("position", [*range(HEADER), HEADER, HEADER + 1000, -1])
def test_a_damaged_byte_is_a_miss(folder: Path, position: int) -> None:
    cache.put(KEY, PAYLOAD)
    (file,) = entries(folder)
    content = bytearray(file.read_bytes())
    content[position] ^= 1 << (position % 8)
    file.write_bytes(content)
    assert cache.get(KEY) is None
    assert not file.exists()
    cache.put(KEY, PAYLOAD)
    assert cache.get(KEY) == PAYLOAD


@pytest.mark.parametrize("length", [0, 1, 8, HEADER - 1, HEADER, HEADER + 1, -1])
def test_a_truncated_entry_is_a_miss(folder: Path, length: int) -> None:
    cache.put(KEY, PAYLOAD)
    (file,) = entries(folder)
    file.write_bytes(file.read_bytes()[:length])
    assert cache.get(KEY) is None
    assert not file.exists()


def test_a_longer_or_foreign_entry_is_a_miss(folder: Path) -> None:
    cache.put(KEY, PAYLOAD)
    (file,) = entries(folder)
    whole = file.read_bytes()
    file.write_bytes(whole + b"\0")
    assert cache.get(KEY) is None
    # A valid entry of another key under this name.
    file.with_name("other.code").write_bytes(whole)
    assert cache.get("other") is None
    # A folder where a file should be.
    file.mkdir()
    assert cache.get(KEY) is None


@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
def test_a_folder_that_others_may_write_to_is_refused_once(folder: Path, mode: int) -> None:
    folder.mkdir(parents=True)
    folder.chmod(mode)
    (folder / f"{KEY}.code").write_bytes(cache.encode(KEY, PAYLOAD))
    with pytest.warns(CacheWarning, match="others may write"):
        assert cache.get(KEY) is None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cache.put("new", PAYLOAD)
        assert cache.get(KEY) is None
    assert len(entries(folder)) == 1


def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.put(KEY, PAYLOAD)
    owner = folder.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    stranger = cache.Folder(folder)
    with pytest.warns(CacheWarning, match="belongs to user"):
        assert stranger.get(KEY) is None
    stranger.put("new", PAYLOAD, 1 << 20)
    assert len(entries(folder)) == 1


def test_a_file_in_place_of_the_folder(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("not a folder")
    with pytest.warns(CacheWarning):
        cache.put(KEY, PAYLOAD)
    assert cache.get(KEY) is None
    assert folder.read_text() == "not a folder"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with override(cache_dir=tmp_path / "file" / "cache", cache=True):
        assert cache.get(KEY) is None
        with pytest.warns(CacheWarning):
            cache.put(KEY, PAYLOAD)
        cache.put(KEY, PAYLOAD)
        assert cache.get(KEY) is None


READER = """
import os, sys, warnings
from dovetail.compile import cache
from dovetail.errors import (CacheWarning)
if os.geteuid() == 0:
    os.setuid(os.stat(sys.argv[1]).st_uid)
assert cache.get("old") == b"old"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    cache.put("new", b"new")
    cache.put("newer", b"new")
assert [w.category for w in caught] == [CacheWarning], caught
assert "ermission" in str(caught[0].message)
assert cache.get("new") is None
assert cache.get("old") == b"old"
"""


def test_a_read_only_folder_is_still_read() -> None:
    # Not below the tests' temporary folder, which another user may not enter.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    try:
        with override(cache_dir=folder, cache=True):
            cache.put("old", b"old")
        for file in entries(folder):
            file.chmod(0o444)
        if os.geteuid() == 0:  # root ignores permissions: read as another user
            for path in [folder, *entries(folder)]:
                os.chown(path, 65534, 65534)
        folder.chmod(0o500)
        process = run(READER, folder, str(folder))
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors
    finally:
        folder.chmod(0o700)
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    cache.put("old", b"old")

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched, pytest.warns(CacheWarning) as caught:
        patched.setattr(os, "replace", fail)
        cache.put(KEY, PAYLOAD)
        cache.put(KEY, PAYLOAD)
    assert len(caught) == 1
    assert temporaries(folder) == []
    assert cache.get(KEY) is None
    assert cache.get("old") == b"old"
    cache.put(KEY, PAYLOAD)  # there is room again
    assert cache.get(KEY) == PAYLOAD


def test_a_deleted_folder_is_made_again(folder: Path) -> None:
    cache.put(KEY, PAYLOAD)
    entries(folder)[0].unlink()
    folder.rmdir()
    assert cache.get(KEY) is None
    cache.put(KEY, PAYLOAD)
    cache.put(KEY, PAYLOAD)
    assert cache.get(KEY) == PAYLOAD


def test_the_size_is_bounded_and_the_least_used_goes_first(folder: Path) -> None:
    with override(cache_max_bytes=40_000):
        for i in range(9):
            cache.put(f"key{i}", bytes(4000))
            used = time.time() - 1000 + i
            os.utime(folder / f"key{i}.code", (used, used))
        assert cache.get("key0") == bytes(4000)  # the oldest, but used now
        for i in range(9, 30):
            cache.put(f"key{i}", bytes(4000))
            assert sum(file.stat().st_size for file in entries(folder)) <= 40_000
            if i == 10:
                assert cache.get("key0") is not None
                assert cache.get("key1") is None
        assert cache.get("key29") == bytes(4000)
        cache.put("too long", bytes(40_000))
        assert cache.get("too long") is None
        assert cache.get("key29") == bytes(4000)


def test_left_temporary_files_are_removed(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o700)
    old, young = folder / "k.1-1.writing", folder / "k.1-2.writing"
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    past = time.time() - 2 * cache.STALE_SECONDS
    os.utime(old, (past, past))
    cache.put(KEY, PAYLOAD)
    assert temporaries(folder) == [young]


WRITER = """
import sys
from dovetail.compile import cache
print("ready", flush=True)
i = 0
while True:
    cache.put(f"key{i % 10}", bytes([i % 10]) * 200_000)
    i += 1
"""


def test_killed_writers_leave_nothing_wrong(folder: Path) -> None:
    for delay in (0.0, 0.003, 0.011, 0.02, 0.03):
        process = run(WRITER, folder)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for file in entries(folder):
            number = int(file.stem.removeprefix("key"))
            assert cache.get(file.stem) == bytes([number]) * 200_000
    cache.put(KEY, PAYLOAD)
    assert cache.get(KEY) == PAYLOAD


SHARER = """
import random, sys
from dovetail.compile import cache
random.seed(sys.argv[1])
hits = 0
for _ in range(600):
    number = random.randrange(20)
    right = bytes([number]) * (1000 + number)
    if random.random() < 0.5:
        cache.put(f"key{number}", right)
    else:
        found = cache.get(f"key{number}")
        assert found is None or found == right
        hits += found is not None
print(hits)
"""


def test_processes_share_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOVETAIL_CACHE_MAX_BYTES", "12000")  # so that they also delete
    processes = [run(SHARER, folder, str(seed)) for seed in range(3)]
    for process in processes:
        output, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        assert int(output) > 20
    assert temporaries(folder) == []
