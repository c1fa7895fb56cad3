"""Pages: what they say, and that a real browser draws all of it without a network."""

from __future__ import annotations

import importlib
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail import cli
from dovetail.graph.node import Graph
from dovetail.language.trace import trace
from dovetail.pages import charts, mathml, pictures
from dovetail.pages.bench_page import bench_page, roofline, speed_pictures
from dovetail.pages.choose_page import choose_page
from dovetail.pages.report_page import report_page
from dovetail.verify.sample import spec
from dovetail.verify.targets import target_of
from tests.measure import definitions
from tests.pages import browser
from tests.pages.results import bench_report, choice_report

FILE = Path(definitions.__file__)
pytest.importorskip("altair", reason="pip install 'dovetail[report]'")
pytest.importorskip("vl_convert", reason="pip install 'dovetail[report]'")


@dt.activation
def spike(x: Any) -> Any:
    """Its exponential overflows although its result does not."""
    return 1.0 / (1.0 + dt.exp(x) * dt.exp(x)) * dt.exp(x)


class Elements(HTMLParser):
    """The elements of a page: ids, links within it, and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.described: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href" and (value or "").startswith("#"):
                self.links.append((value or "")[1:])
            elif name in ("aria-labelledby", "aria-describedby"):
                self.described += (value or "").split()
            elif name in ("src", "href"):
                self.addresses.append(value or "")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One of each kind."""
    folder = tmp_path_factory.mktemp("pages")
    texts = {
        "report": report_page(dt.mish, hosts=["numpy"], measured=False),
        "bench": bench_page([bench_report(), bench_report()]),
        "choose": choose_page(choice_report()),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize("name", ["report", "bench", "choose"])
def test_links_and_descriptions_have_their_targets(pages: dict[str, Path], name: str) -> None:
    found = Elements(pages[name].read_text())
    assert len(found.ids) == len(set(found.ids))
    assert set(found.links) | set(found.described) <= set(found.ids)
    assert found.addresses == ["data:,"]
    assert found.tags.count("h1") == found.tags.count("main") == 1
    assert found.tags.count("figure") == found.tags.count("figcaption") > 0


def test_text_is_escaped(pages: dict[str, Path]) -> None:
    text = pages["bench"].read_text()
    assert "a &lt;processor&gt;" in text and "<processor>" not in text
    assert "differs &amp; is wrong" in text
    assert "Refused: &lt;no operator&gt;" in pages["choose"].read_text()


def test_a_choice_says_what_was_refused_and_what_is_missing(pages: dict[str, Path]) -> None:
    text = pages["choose"].read_text()
    for part in ("for training: dovetail, compiled", "jax, compiled is wrong", "torch.export",
                 "keras is not installed"):  # fmt: skip
        assert part in text, part


# Charts.


def test_charts_hold_the_figures() -> None:
    report = bench_report()
    first = speed_pictures(report)[0]
    rows = {row["what"]: row["microseconds"] for row in first.rows}
    assert rows.keys() == {"numpy: Dovetail", "numpy: composite", "torch: Dovetail"}
    assert rows["numpy: composite"] == pytest.approx(3 * rows["numpy: Dovetail"])
    roof = roofline(report)
    assert roof is not None
    assert {row["operations for each byte"] for row in roof.rows} == {0.5}
    best = max(row["operations in a second"] for row in roof.rows)
    assert best == pytest.approx(4 / 1e-9)


def test_the_envelope_finds_what_is_lost() -> None:
    (call, *_) = target_of(spike, np.random.default_rng(0)).calls
    found = pictures.envelope_picture(call)
    lost = [row["|x|"] for row in found.rows if row["state"] == "lost"]
    assert 88.7 < min(lost) < 115.0  # exp(x) is infinite from 88.7 on, and 0 * inf is NaN
    assert "is lost that float32 could hold" in found.text
    (call, *_) = target_of(dt.mish, np.random.default_rng(0)).calls
    assert "Nothing is lost" in pictures.envelope_picture(call).text


def test_curves_are_the_function_and_its_slopes() -> None:
    (call, *_) = target_of(dt.tanh, np.random.default_rng(0)).calls
    found = pictures.function_picture(call)
    assert found is not None
    curves = {name: [(r["x"], r["value"]) for r in found.rows if r["curve"] == name]
              for name in ("f", "f′", "f″")}  # noqa: RUF001  # fmt: skip
    for name, formula in (
        ("f", np.tanh), ("f′", lambda x: 1 - np.tanh(x) ** 2),  # noqa: RUF001
        ("f″", lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2)),
    ):  # fmt: skip
        x, y = np.array(curves[name]).T
        np.testing.assert_allclose(y, formula(x), atol=1e-12)


def test_errors_are_in_units_of_the_last_place() -> None:
    (call, *_) = target_of(dt.exp, np.random.default_rng(0)).calls
    found = pictures.error_picture(call)
    sizes = [abs(row["error in ULP"]) for row in found.rows]
    assert len(sizes) == pictures.SAMPLES
    assert 0.05 < np.mean(sizes) < max(sizes) <= 2.0


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    charts.altair.cache_clear()
    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(dt.DovetailError, match=r"dovetail\[report\]"):
        charts.altair()
    monkeypatch.undo()
    assert charts.altair().__name__ == "altair"


# Formulas.


def text_of(function: Any, *arrays: Any) -> str:
    graph = trace(function, [spec(np.asarray(a, np.float32)) for a in arrays]).graph
    lines = mathml.formulas(graph, ["x", "y"][: len(arrays)], ["z"])
    return " ; ".join(unescape(re.sub(r"<[^>]+>", "", line)) for line in lines)


def test_formulas() -> None:
    x = np.ones(3)
    assert text_of(lambda x, y: (x + y) * x, x, x) == "z=(x+y)·x"
    assert text_of(lambda x, y: x - (y - x), x, x) == "z=x−(y−x)"  # noqa: RUF001
    assert text_of(lambda x: dt.where(x > 0.0, x, 0.0), x) == "z={x if x>00 otherwise"
    assert text_of(lambda x, y: x[:, None] * y, x, x) == "z=x·y"
    shared = text_of(lambda x: dt.tanh(x) * (1.0 - dt.tanh(x)), x)
    assert shared.startswith("t1=tanh") and shared.endswith("z=t1·(1−t1)")  # noqa: RUF001
    assert "<mfrac>" in "".join(mathml.formulas(
        trace(lambda x: 1.0 / x, [spec(x)]).graph, ["x"], ["z"]
    ))  # fmt: skip
    assert isinstance(trace(lambda x: x, [spec(x)]).graph, Graph)


# In a browser.


@pytest.mark.skipif(bool(browser.MISSING), reason=browser.MISSING)
@pytest.mark.parametrize("name", ["report", "bench", "choose"])
def test_a_browser_draws_everything(pages: dict[str, Path], name: str) -> None:
    with browser.chromium("light", 1100) as opened:
        opened.open(pages[name])
        page = opened.page
        shown = opened.drawn()
        assert shown and all(count > 0 for count in shown.values()), shown
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        for link in page.query_selector_all("nav a"):
            link.click()
            target = page.evaluate("document.querySelector(location.hash) !== null")
            assert target, link.inner_text()
        # The keyboard: the first stop skips to the content, the button changes the colours.
        page.keyboard.press("Home")
        page.evaluate("document.activeElement.blur(); document.getElementById('theme').focus()")
        page.keyboard.press("Enter")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        assert page.get_attribute("#theme", "aria-pressed") == "true"
        page.wait_for_timeout(300)
        assert opened.drawn() == shown
        roles = page.evaluate(
            "[...document.querySelectorAll('.chart svg')].map(e => e.getAttribute('role') + "
            "(e.getAttribute('aria-label') || e.querySelector('[aria-label]') ? '' : ' silent'))"
        )
        assert len(roles) == len(shown) and not any("silent" in role for role in roles), roles
        assert opened.messages == [] and opened.requests == []


@pytest.mark.skipif(bool(browser.MISSING), reason=browser.MISSING)
def test_a_phone_shows_it_in_the_dark(pages: dict[str, Path]) -> None:
    with browser.chromium("dark", 360) as opened:
        for path in pages.values():
            opened.open(path)
            size: Any = opened.page.evaluate(
                "[document.documentElement.scrollWidth, innerWidth, "
                "getComputedStyle(document.body).backgroundColor]"
            )
            assert size[0] <= size[1], path.name
            assert size[2] == "rgb(13, 17, 23)"
            assert all(opened.drawn().values())
        assert opened.messages == []


def test_the_command_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", f"{FILE}::glide", "-o", str(tmp_path / "no" / "r.html")]) == 2
    assert "a folder that exists" in capsys.readouterr().err
    page = tmp_path / "glide.html"
    arguments = ["--hosts", "numpy", "--size", "4x8", "--quick", "--threads", "1"]
    assert cli.main(["bench", f"{FILE}::glide", *arguments, "--html", str(page)]) == 0
    assert {"speed-0", "roofline"} <= set(Elements(page.read_text()).ids)
