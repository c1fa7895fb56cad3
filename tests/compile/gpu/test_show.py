"""What `dt.show` and `dovetail show` print for a GPU, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import dovetail
from dovetail.cli import main
from dovetail.compile.gpu import ptxas
from dovetail.errors import OptionError, UnsupportedError
from tests.compile.gpu.device import planned
from tests.compile.harness import traced


def test_show_prints_schedule_ptx_and_what_ptxas_says() -> None:
    text = io.StringIO()
    x = np.ones((8, 64), np.float32)
    dovetail.show(dovetail.softmax, x, target="sm_80", console=Console(file=text, width=200))
    shown = text.getvalue()
    for part in ("launch 0: dovetail_", "sums of a row: some lanes of a warp", ".target sm_80",
                 "reads 2048 and writes 2048 bytes", "gradient of softmax"):  # fmt: skip
        assert part in shown, part
    assert ("registers" in shown) is (ptxas.found() is not None)


def test_show_prints_a_loop_over_time() -> None:
    @dovetail.op
    def rolled(x):  # type: ignore[no-untyped-def]
        return dovetail.scan(lambda s, row: (dovetail.roll(s, 1) + row, s), x[0], x)[1]

    text = io.StringIO()
    x = np.ones((5, 64), np.float32)
    dovetail.show(rolled, x, target="sm_90", console=Console(file=text, width=200))
    shown = text.getvalue()
    for part in ("loop in parts: 32 threads", "carry 0: float32 in shared memory",
                 "barrier, then schedule", "gradient of rolled"):  # fmt: skip
        assert part in shown, part


def test_the_command_has_the_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "own.py"
    file.write_text("import dovetail as dt\n\n@dt.op\ndef twice(x):\n    return x * 2\n")
    assert not main(["show", f"{file}::twice", "--target", "sm_90"])
    assert ".target sm_90" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["sm_75", "cuda", "90", "sm_90x"])
def test_a_target_that_is_none(name: str) -> None:
    with pytest.raises(OptionError, match="sm_80 or later"):
        dovetail.show(dovetail.gelu, np.ones(3), target=name)


def test_a_library_call_is_refused() -> None:
    x = np.ones((4, 4), np.float32)
    with pytest.raises(UnsupportedError, match="a library call of matmul, has no GPU kernel"):
        planned(traced(lambda x: x @ x + 1, x), [x])
