"""Damaged and hostile files: a clear error, bounded memory, and nothing of the file is run."""

from __future__ import annotations

import io
import json
import os
import random
import resource
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DovetailError, SerialisationError
from dovetail.files import safetensors
from tests.saving.files import SUBJECTS, content_of
from tests.saving.mutations import members_of, mutated, packed, rewritten

Change = Callable[[dict[str, Any]], None]


def refused(content: bytes, folder: Path) -> str:
    """The message with which a file is refused."""
    path = folder / "m.dovetail"
    path.write_bytes(content)
    with pytest.raises(SerialisationError) as error:
        dt.load(path)
    assert str(path) in str(error.value)
    assert error.value.expected
    assert error.value.remedy
    return str(error.value)


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def first_call(record: dict[str, Any]) -> dict[str, Any]:
    call: dict[str, Any] = record["extensions"][0]["calls"][0]
    return call


# The container.


def test_no_file_no_zip_and_another_zip(tmp_path: Path) -> None:
    with pytest.raises(SerialisationError, match="cannot be opened: No such file"):
        dt.load(tmp_path / "missing")
    with pytest.raises(SerialisationError, match="cannot be opened"):
        dt.load(tmp_path)
    assert "no zip" in refused(b"", tmp_path)
    assert "no zip" in refused(b"\x80\x04K\x01.", tmp_path)  # a pickle
    assert "has no dovetail.json" in refused(zipped({"a.txt": b""}), tmp_path)


def test_a_changed_byte_is_seen(tmp_path: Path) -> None:
    content = content_of("loop")
    place = content.index(b'"nodes"') + 3
    changed = content[:place] + b"x" + content[place + 1 :]
    assert "CRC" in refused(changed, tmp_path)
    members = members_of(content)
    text = members["model.json"].replace(b"decayed", b"decoyed")
    wrong = {n: {"bytes": len(c), "sha256": "0" * 64} for n, c in members.items()}
    repacked = packed({**members, "model.json": text}, {"members": wrong})
    assert "checksum" in refused(repacked, tmp_path)


def test_truncated_files(tmp_path: Path) -> None:
    content = content_of("rule")
    for length in (1, 100, len(content) // 2, len(content) - 1):
        refused(content[:length], tmp_path)


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = zipped({"dovetail.json": b"{}", "model.json": bytes(200 << 20)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    tracemalloc.start()
    try:
        assert "longer than the file" in refused(bomb, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    small = zipped({"dovetail.json": b"{}", "model.json": b"{}" * 30}, zipfile.ZIP_DEFLATED)
    assert "compressed" in refused(small, tmp_path) or "longer" in refused(small, tmp_path)


@pytest.mark.parametrize("name", ["../m.json", "/etc/m", "a/b.json", "a\\b", ".hidden", "é.json"])
def test_paths_outside(name: str, tmp_path: Path) -> None:
    members = members_of(content_of("loop"))
    assert "no plain name" in refused(packed({**members, name: b"x"}), tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["m.dovetail"]


def test_members_that_nobody_listed_or_that_are_missing(tmp_path: Path) -> None:
    members = members_of(content_of("trained"))
    listed = {"m.json": {"bytes": 0, "sha256": "0"}}
    assert "m.json' is missing" in refused(packed(members, {"members": listed}), tmp_path)
    assert "is not in the manifest" in refused(packed(members, {"members": {}}), tmp_path)
    weights = members.pop("weights.safetensors")
    assert "have no" in refused(packed(members), tmp_path)
    empty = safetensors.encode({})
    assert "have no" in refused(packed({**members, "weights.safetensors": empty}), tmp_path)
    assert "no header" in refused(packed({**members, "weights.safetensors": b""}), tmp_path)
    more = {**safetensors.decode(weights, "w"), "more": np.ones(3)}
    extended = {**members, "weights.safetensors": safetensors.encode(more)}
    assert "have more, which no layer has" in refused(packed(extended), tmp_path)


# Versions.


def test_a_newer_format_is_named_and_a_newer_writer_is_read(tmp_path: Path) -> None:
    members = members_of(content_of("rule"))
    text = refused(packed(members, {"format": 9, "needs": 9, "dovetail": "7.1"}), tmp_path)
    assert "written by Dovetail 7.1 in format 9" in text
    record = json.loads(members["model.json"])
    record["mood"] = {"of": ["the", "future"]}
    record["extensions"][0]["colour"] = "blue"
    later = {**members, "model.json": json.dumps(record).encode(), "notes.json": b"{}"}
    (tmp_path / "m").write_bytes(packed(later, {"format": 2, "needs": 1, "by": "a newer one"}))
    x = np.ones((2, 3), np.float32)
    assert np.array_equal(dt.load(tmp_path / "m")(x), 2 * x)


# Records.


def changed_record(record: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        record = record[key]
    record[path[-1]] = value


CALL = ("extensions", 0, "calls", 0)
RECORDS: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "kind": (("kind",), "pickle", "kind is a text"),
    "no kind": (("kind",), None, "kind is null"),
    "piece": (("extension", "value"), {"piece": "os.system"}, "'os.system' is no piece"),
    "inner name": (("extension", "value"), {"piece": "__init__"}, "is no piece"),
    "not an extension": (("extension", "value"), {"piece": "Dense"}, "an extension"),
    "unknown value": (("extension", "value"), {"exec": "import os"}, "unknown kind"),
    "argument": (("extensions", 0, "arguments", 0, "name"), "x; import os", "name"),
    "keyword": (("extensions", 0, "arguments", 0, "name"), "import", "name"),
    "kind of extension": (("extensions", 0, "kind"), "layer", "kind"),
    "calls": (("extensions", 0, "calls"), 7, "calls is an integer"),
    "dtype": ((*CALL, "leaves", 0, "dtype"), "object", "object"),
    "negative size": ((*CALL, "sizes", 0), -1, "sizes"),
    "huge size": ((*CALL, "sizes", 0), 2**60, "sizes"),
    "unknown size": ((*CALL, "leaves", 0, "shape", 0), "n7", "shape"),
    "cycle": ((*CALL, "graph", "nodes", 0, 1), [5], "not before it"),
    "primitive": ((*CALL, "graph", "nodes", 0, 0), "system", "'system' is no primitive"),
    "output": ((*CALL, "graph", "outputs"), [999], "outputs"),
    "formula": ((*CALL, "formulas"), [{"sizes": [0], "terms": [[1, [99]]]}], "terms"),
    "formula of text": ((*CALL, "formulas"), ["n0 ** n0"], "formulas"),
    "leaf": ((*CALL, "arguments", 0), {"tuple": [{"leaf": 5}]}, "mark"),
    "result": ((*CALL, "result"), {"leaf": 3}, "mark"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_wrong_records(name: str, tmp_path: Path) -> None:
    path, value, words = RECORDS[name]
    content = rewritten(content_of("loop"), lambda record: changed_record(record, path, value))
    assert words in refused(content, tmp_path)


LAYERS: dict[str, tuple[tuple[Any, ...], Any, str]] = {
    "itself": (("layers", 0, "fields", "activation"), {"layer": 0}, "layer"),
    "later": (("layers", 0, "fields", "activation"), {"layer": 2}, "layer"),
    "absurd": (("layers", 0, "fields", "units"), 2**45, "elements"),
    "negative": (("layers", 0, "fields", "units"), -4, "dimension"),
    "text": (("layers", 0, "fields", "units"), "4", "units of Dense is str '4'"),
    "unknown field": (("layers", 0, "fields", "colour"), 1, "colour"),
    "another piece": (("layers", 0, "piece"), "Adam", "the name of a layer"),
    "a function": (("layers", 0, "piece"), "mish", "the name of a layer"),
    "attribute": (("layers", 3, "attributes"), {"dict": [["forward", 1]]}, "attributes"),
    "private": (("layers", 3, "attributes"), {"dict": [["_arrays", 1]]}, "attributes"),
    "class": (("layers", 3, "class"), "os.system", "class"),
    "another state": (
        ("layers", 3, "calls", 0, "result"),
        {"list": [{"leaf": 0}, {"dict": [["eval", {"leaf": 1}]]}]}, "states",
    ),
    "a state of another shape": (
        ("layers", 3, "calls", 1, "graph", "outputs"), [0, 0, 0, 0], "another shape or type",
    ),
    "parameter": (("layers", 3, "declared", 0, 0), "build", "build"),
    "initial": (("layers", 3, "declared", 0, 1, "init"), "os.system", "init"),
    "root": (("model", "layer"), 77, "layer"),
    "optimizer": (("model", "training", "optimizer", "class"), "a b", "class"),
    "state": (("model", "training", "optimizer", "state"), {"list": []}, "state"),
    "unknown state": (
        ("model", "training", "optimizer", "state"), {"dict": [["average", "x"]]}, "names 'x'",
    ),
    "loss": (("model", "training", "loss"), 3.5, "loss"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_wrong_models(name: str, tmp_path: Path) -> None:
    path, value, words = LAYERS[name]
    content = rewritten(content_of("trained"), lambda record: changed_record(record, path, value))
    assert words in refused(content, tmp_path)


def test_deep_and_doubled_json(tmp_path: Path) -> None:
    members = members_of(content_of("loop"))
    for text in (b"[" * 10**6, b'{"a":' * 10**5, b'{"kind": 1, "kind": 2}', b"{", b"[]",
                 b'{"kind": NaN}', b'{"kind": 1' + b"0" * 10**4 + b"}", b"\xff"):  # fmt: skip
        assert (
            "no JSON" in refused(packed({**members, "model.json": text}), tmp_path) or text == b"[]"
        )


def test_nothing_is_imported(tmp_path: Path) -> None:
    """A module that a file names is not imported."""
    (tmp_path / "evil.py").write_text("raise SystemExit('imported')")
    names = ("evil", "evil:f", "evil.f", "tests.saving.pieces:swirl")
    for name in names:
        for place in (("extension", "value"), ("extensions", 0, "arguments", 0, "default")):
            value = {"piece": name, "module": name, "object": name}
            change: Change = lambda r, p=place, v=value: changed_record(r, p, v)  # noqa: E731
            refused(rewritten(content_of("loop"), change), tmp_path)


# Arrays.


def header_of(header: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


HEADERS: dict[str, tuple[bytes, str]] = {
    "long header": ((2**50).to_bytes(8, "little") + b"{}", "no header"),
    "absurd shape": (
        header_of({"x": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 8]}}, bytes(8)),
        "shape",
    ),
    "product of shapes": (
        header_of({"x": {"dtype": "F32", "shape": [2**40, 0, 2**40], "data_offsets": [0, 8]}},
                  bytes(8)), "shape",
    ),
    "outside": (
        header_of({"x": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}, bytes(8)),
        "data_offsets",
    ),
    "backwards": (
        header_of({"x": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}, bytes(8)),
        "data_offsets",
    ),
    "overlap": (
        header_of({n: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for n in "xy"},
                  bytes(8)), "overlap",
    ),
    "gap": (
        header_of({"x": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, bytes(8)),
        "overlap",
    ),
    "type": (
        header_of({"x": {"dtype": "OBJ", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)), "dtype",
    ),
    "negative": (
        header_of({"x": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}}, bytes(8)),
        "shape",
    ),
    "axes": (
        header_of({"x": {"dtype": "F32", "shape": [1] * 100, "data_offsets": [0, 4]}}, bytes(4)),
        "data_offsets",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_wrong_headers_of_arrays(name: str, tmp_path: Path) -> None:
    content, words = HEADERS[name]
    members = {**members_of(content_of("trained")), "weights.safetensors": content}
    assert words in refused(packed(members), tmp_path)


def test_arrays_of_other_shapes_and_types(tmp_path: Path) -> None:
    members = members_of(content_of("trained"))
    arrays = safetensors.decode(members["weights.safetensors"], "w")
    for path, array in arrays.items():
        wrong = {**arrays, path: np.ones((*array.shape, 2), array.dtype)}
        text = refused(
            packed({**members, "weights.safetensors": safetensors.encode(wrong)}), tmp_path
        )
        assert path in text


# A thousand files with faults.


def peak_megabytes() -> float:
    """The largest memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize("name", SUBJECTS)
def test_files_with_faults_are_read_or_refused(name: str, tmp_path: Path) -> None:
    """No other error, none that the checks have not foreseen, and no memory that grows."""
    content, path = content_of(name), tmp_path / "m.dovetail"
    counts = {"read": 0, "refused": 0}
    before = peak_megabytes()
    for number in range(250):
        path.write_bytes(mutated(content, random.Random(number)))
        try:
            dt.load(path)
            counts["read"] += 1
        except DovetailError as error:
            assert "ill-formed (" not in str(error), number
            counts["refused"] += 1
    assert peak_megabytes() - before < 64
    assert counts["refused"] > 150
    assert counts["read"] > 0
