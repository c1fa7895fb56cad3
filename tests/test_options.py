"""Options: what the environment says, what is wrong with it, and overriding."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from dovetail.errors import DovetailError, OptionError
from dovetail.options import Options, options, override, read_environment


def test_defaults() -> None:
    found = read_environment({})
    assert found.cache is True
    assert found.cache_max_bytes == 256 << 20
    assert found.buffer_pool_bytes == 512 << 20
    assert found.gpu_kernels is False
    assert found.cache_dir == Path.home() / ".cache" / "dovetail"
    if hasattr(os, "sched_getaffinity"):
        assert found.num_threads == len(os.sched_getaffinity(0))


def test_every_variable_is_read(tmp_path: Path) -> None:
    found = read_environment(
        {
            "DOVETAIL_CACHE_DIR": str(tmp_path),
            "DOVETAIL_CACHE": "0",
            "DOVETAIL_CACHE_MAX_BYTES": "1234",
            "DOVETAIL_NUM_THREADS": "7",
            "DOVETAIL_BUFFER_POOL_BYTES": "0",
            "DOVETAIL_GPU_KERNELS": "on",
        }
    )
    assert found == Options(tmp_path, False, 1234, 7, 0, True)


def test_cache_folder_follows_xdg_and_ignores_a_relative_one() -> None:
    assert read_environment({"XDG_CACHE_HOME": "/x"}).cache_dir == Path("/x/dovetail")
    assert read_environment({"XDG_CACHE_HOME": "x"}) == read_environment({})
    assert read_environment({"DOVETAIL_CACHE_DIR": "~/d"}).cache_dir == Path.home() / "d"


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert read_environment({}).cache_dir.is_absolute()


@pytest.mark.parametrize("text", ["1", " 1 ", "1,4"])
def test_openmp_bounds_the_default_only(text: str) -> None:
    assert read_environment({"OMP_NUM_THREADS": text}).num_threads == 1
    both = {"OMP_NUM_THREADS": text, "DOVETAIL_NUM_THREADS": "3"}
    assert read_environment(both).num_threads == 3


@pytest.mark.parametrize("text", ["", "many", "-2", "0", "99999999"])
def test_foreign_nonsense_is_ignored(text: str) -> None:
    assert read_environment({"OMP_NUM_THREADS": text}) == read_environment({})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DOVETAIL_NUM_THREADS", "0"),
        ("DOVETAIL_NUM_THREADS", "-1"),
        ("DOVETAIL_NUM_THREADS", "two"),
        ("DOVETAIL_NUM_THREADS", "1.5"),
        ("DOVETAIL_NUM_THREADS", "100000"),
        ("DOVETAIL_CACHE", "maybe"),
        ("DOVETAIL_CACHE_MAX_BYTES", "-1"),
        ("DOVETAIL_CACHE_MAX_BYTES", "1G"),
        ("DOVETAIL_BUFFER_POOL_BYTES", "-5"),
    ],
)
def test_bad_values_are_named(name: str, text: str) -> None:
    with pytest.raises(OptionError, match="option") as caught:
        read_environment({name: text})
    assert isinstance(caught.value, DovetailError)
    assert text in str(caught.value)
    assert name.removeprefix("DOVETAIL_").lower() in str(caught.value).lower()


def test_options_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        options().num_threads = 3  # type: ignore[misc]


def test_override_nests_and_ends_with_an_exception() -> None:
    before = options()
    with pytest.raises(ZeroDivisionError), override(num_threads=3):
        with override(cache=False) as inner:
            assert inner is options()
            assert (options().num_threads, options().cache) == (3, False)
        assert (options().num_threads, options().cache) == (3, before.cache)
        raise ZeroDivisionError
    assert options() == before


def test_override_checks_values_and_names() -> None:
    before = options()
    with pytest.raises(OptionError, match="option"), override(num_threads=0):
        pass
    with pytest.raises(TypeError), override(threads=2):  # type: ignore[call-arg]
        pass
    assert options() == before


def test_override_is_of_this_thread_and_task_only() -> None:
    outside = options().num_threads
    seen: list[int] = []

    async def task(threads: int) -> None:
        with override(num_threads=threads):
            await asyncio.sleep(0.001)
            seen.append(options().num_threads)

    async def both() -> None:
        await asyncio.gather(task(5), task(6))

    with override(num_threads=outside + 1):
        thread = threading.Thread(target=lambda: seen.append(options().num_threads))
        thread.start()
        thread.join()
        asyncio.run(both())
    assert seen[0] == outside
    assert sorted(seen[1:]) == [5, 6]


def test_nothing_is_read_at_import() -> None:
    program = (
        "import os, dovetail.options as o\n"
        "os.environ['DOVETAIL_NUM_THREADS'] = '5'\n"
        "assert o.options().num_threads == 5\n"
        "os.environ['DOVETAIL_NUM_THREADS'] = '6'\n"
        "assert o.options().num_threads == 5\n"
    )
    environment = {**os.environ, "DOVETAIL_NUM_THREADS": "nonsense"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
