"""The kernels in Python, for PyTorch without the stable C ABI, do what the native ones do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("torch")

from dovetail.hosts.torch import library, native

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
FORCED = """
import sys
import pytest
from dovetail.hosts.torch import library, native

native.available = lambda: False
code = pytest.main(sys.argv[1:])
assert isinstance(library._library(), library.PythonLibrary)
sys.exit(code)
"""
CHOSEN = (
    "value_in_every_mode or third_order or (torch_func and (hessian or jacfwd)) or test_vmap or "
    "forward_over or any_layout or test_shapes or lie_as or test_meta or floating_types or "
    "labels or do_not_fit or types_that or (test_value_and_gradient and not tree) or "
    "test_marked or (test_export_save and True) or half_precision"
)


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FORCED, "-q", "-p", "no:cacheprovider", *arguments],
        capture_output=True, text=True, timeout=400, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


def test_this_pytorch_has_native_kernels() -> None:
    assert native.available()
    assert isinstance(library._library(), native.StableLibrary)


@pytest.mark.parametrize("absent", ["torch_library_impl", native._RAISE])
def test_without_a_symbol_there_are_none(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = dict.fromkeys({"torch_library_impl", native._RAISE} - {absent})
    monkeypatch.setattr(native, "_libtorch", lambda: SimpleNamespace(**exported))
    assert not native.available()


def test_in_python() -> None:
    names = ("test_transforms.py", "test_layouts.py", "test_errors.py", "test_compile.py")
    said = _run(*(str(HERE / name) for name in names), "-k", CHOSEN)
    assert int(said.rpartition(" passed")[0].split()[-1]) > 150
