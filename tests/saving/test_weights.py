"""Weights: the safetensors format, for every type and layout, and the layers that take them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import SerialisationError, StructureError
from dovetail.files import container, safetensors
from dovetail.graph.dtypes import ALL
from tests.saving import pieces

RNG = np.random.default_rng(0)


def arrays() -> dict[str, np.ndarray[Any, Any]]:
    found = {dtype.name: (RNG.normal(size=(3, 4)) * 3).astype(dtype.numpy) for dtype in ALL}
    found["transposed"] = np.arange(12.0).reshape(3, 4).T
    found["strided"] = np.arange(24, dtype=np.int16)[::3]
    found["swapped"] = np.arange(5, dtype=np.float32).astype(">f4")
    found["empty"] = np.zeros((0, 3), np.float32)
    found["scalar"] = np.array(2.5)
    found["special"] = np.array([np.nan, -0.0, np.inf, 1e-45], np.float32)
    return found


def test_every_type_and_layout_comes_back() -> None:
    given = arrays()
    found = safetensors.decode(safetensors.encode(given), "w")
    assert set(found) == set(given)
    for name, array in given.items():
        assert found[name].dtype == array.dtype.newbyteorder("=")
        assert found[name].flags.c_contiguous
        assert found[name].flags.writeable
        plain = np.ascontiguousarray(array).astype(found[name].dtype)
        assert found[name].shape == array.shape
        assert found[name].tobytes() == plain.tobytes()


def test_the_package_reads_and_writes_the_same() -> None:
    package = pytest.importorskip("safetensors.numpy")
    given = arrays()
    found = package.load(safetensors.encode(given))
    half = given.pop("bfloat16")
    assert np.array_equal(found.pop("bfloat16"), half.view(np.uint16))
    for name, array in given.items():
        assert np.array_equal(found[name], array, equal_nan=array.dtype.kind == "f")
    plain = {name: np.array(a, a.dtype.newbyteorder("="), order="C") for name, a in given.items()}
    again = safetensors.decode(package.save(plain), "w")
    for name, array in given.items():
        assert np.array_equal(again[name], array, equal_nan=array.dtype.kind == "f")


def test_bfloat16_of_other_writers() -> None:
    """The format's own type, as PyTorch writes it."""
    half = np.array([1.5, -2.0], dt.bfloat16.numpy)
    text = b'{"x":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    found = safetensors.decode(len(text).to_bytes(8, "little") + text + half.tobytes(), "w")
    assert found["x"].dtype == half.dtype
    assert found["x"].tolist() == [1.5, -2.0]


def test_weights_of_models_and_layers(tmp_path: Path) -> None:
    x = RNG.normal(size=(4, 6)).astype(np.float32)
    model, other = pieces.Net(seed=1), pieces.Net(seed=2)
    model(x)
    model.save_weights(tmp_path / "w.safetensors")
    other.load_weights(tmp_path / "w.safetensors")  # which gives the sizes, too
    assert np.array_equal(model.predict(x), other.predict(x))
    layer, again = dt.Dense(3), dt.Dense(3)
    layer(x)
    dt.save_weights(layer, tmp_path / "l.safetensors")
    dt.load_weights(again, tmp_path / "l.safetensors")
    assert np.array_equal(layer(x), again(x))


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    x = np.ones((2, 6), np.float32)
    layer, wider, other = dt.Dense(3), dt.Dense(4), dt.RMSNorm()
    for each in (layer, wider, other):
        each(x)
    path = tmp_path / "w.safetensors"
    dt.save_weights(layer, path)
    before = wider.parameters()["kernel"].copy()
    with pytest.raises(StructureError, match=r"(?s)(bias|kernel).*shape \(.*3.*shape \(.*4"):
        dt.load_weights(wider, path)
    with pytest.raises(StructureError, match="scale"):
        dt.load_weights(other, path)
    assert np.array_equal(wider.parameters()["kernel"], before)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(SerialisationError, match="cannot be read"):
        dt.load_weights(layer, path)
    with pytest.raises(SerialisationError, match="cannot be opened"):
        dt.load_weights(layer, tmp_path / "none")
    with pytest.raises(SerialisationError, match="Dense cannot be saved: it has not been built"):
        dt.save_weights(dt.Dense(3), path)


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.dovetail"
    dt.save(pieces.swirl, path)
    before = path.read_bytes()

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(container.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        dt.save(pieces.quartic, path, calls=[(np.ones(2), np.ones(2))])
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["m.dovetail"]


def test_a_new_file_has_usual_permissions(tmp_path: Path) -> None:
    dt.save(pieces.swirl, tmp_path / "a")
    (tmp_path / "b").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode
