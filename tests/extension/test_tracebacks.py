"""In a notebook a traceback ends in the user's line; Dovetail's frames are folded."""

from __future__ import annotations

import pickle
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DovetailError

PACKAGE = str(Path(dt.__file__).parent)


@dt.op
def product(x: Any) -> Any:
    y = dt.exp(x)
    return dt.matmul(y, y)  # the user's line


def failing() -> DovetailError:
    with pytest.raises(DovetailError) as raised:
        product(np.ones((2, 3)))
    return raised.value


def test_what_ipython_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def structured(kind: Any, error: Any, found: Any) -> list[str]:
        given.append((kind, error, found))
        return ["frames", "message"]

    shell = SimpleNamespace(InteractiveTB=SimpleNamespace(structured_traceback=structured))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))  # pyright: ignore
    error = failing()
    lines = error._render_traceback_()  # pyright: ignore[reportPrivateUsage]
    assert lines[0] == "frames" and lines[-1] == "message" and "frames of Dovetail" in lines[1]
    ((kind, shown, found),) = given
    assert kind is type(error) and shown is error
    frames = traceback.extract_tb(found)
    assert all(not frame.filename.startswith(PACKAGE) for frame in frames)
    assert "the user's line" in (frames[-1].line or "")
    whole = traceback.extract_tb(error.__traceback__)
    assert any(frame.filename.startswith(PACKAGE) for frame in whole)


def test_an_error_of_the_users_own_is_shown_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    def structured(kind: Any, error: Any, found: Any) -> list[str]:
        return [frame.name for frame in traceback.extract_tb(found)] + [str(error)]

    shell = SimpleNamespace(InteractiveTB=SimpleNamespace(structured_traceback=structured))

    @dt.op
    def wrong(x: Any) -> Any:
        return x + {}["absent"]

    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    with pytest.raises(KeyError) as raised:  # outside of IPython nothing is added
        wrong(np.ones(3))
    assert not vars(raised.value)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))  # pyright: ignore
    with pytest.raises(KeyError) as raised:
        wrong(np.ones(3))
    *frames, folded, message = vars(raised.value)["_render_traceback_"]()
    assert frames[-1] == "wrong" and "frames of Dovetail" in folded and message == "'absent'"
    assert set(frames) == {"test_an_error_of_the_users_own_is_shown_alike", "wrong"}
    again = pickle.loads(pickle.dumps(raised.value))
    assert isinstance(again, KeyError) and again.args == ("absent",)


def test_in_ipython(capsys: pytest.CaptureFixture[str]) -> None:
    testing = pytest.importorskip("IPython.testing.globalipapp")
    shell = testing.start_ipython() or testing.get_ipython()
    shell.run_cell(
        "import numpy as np, dovetail as dt\n"
        "@dt.op\n"
        "def product(x):\n"
        "    return dt.matmul(x, x)  # the user's line\n"
        "product(np.ones((2, 3)))\n"
    )
    shown = capsys.readouterr().out
    assert "ShapeError" in shown and PACKAGE not in shown
    *_, last = [line for line in shown.splitlines() if "-->" in line or "->" in line]
    assert "the user's line" in last
    assert "frames of Dovetail" in shown
