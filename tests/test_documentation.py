"""The site is built strictly, needs no network, and its reference has every public name."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import dovetail as dt

pytest.importorskip("zensical", reason="needs pip install dovetail[docs]")

from tools.documentation import build, reference
from tools.documentation.pictures import drawing, functions, optimizers


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build.build(folder)
    return folder


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    pages = [page.read_text() for page in (site / "reference").glob("*.html")]
    anchors = [name for page in pages for name in re.findall(r'<h[23] id="([^"]+)"', page)]
    expected = {*(f"dt-{name}" for name in dt.__all__)}
    expected |= {f"dt-linalg-{name}" for name in dt.linalg.__all__}
    assert len(expected) > 400
    assert expected - set(anchors) == set()
    assert len(anchors) == len(set(anchors)), "a name is on two pages"


def test_every_public_name_has_a_docstring() -> None:
    undocumented = [
        name
        for names in reference.sorted_names().values()
        for name, value in names.items()
        if callable(value) and not getattr(value, "__doc__", None)
    ]
    assert undocumented == []


def test_nothing_is_loaded_from_the_network(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    assert [page for page in pages if build.FOREIGN.search(page.read_text())] == []
    assert (site / "tools/documentation/iframe-worker.js").exists()
    index = (site / "search.js").read_text()
    assert "Misra" in index
    assert "stabilise" in index


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[x](missing.md)", "page does not exist"),
        ("[x](#missing)", "anchor does not exist"),
        ("[x](#title)", None),
    ],
)
def test_a_broken_link_fails_the_build(text: str, expected: str | None, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.md").write_text(f"# Title\n\n{text}\n")
    shutil.copy(build.ROOT / "mkdocs.yml", tmp_path)
    config = (build.ROOT / "mkdocs.yml").read_text().partition("nav:\n")[0]
    (tmp_path / "mkdocs.yml").write_text(config + "docs_dir: pages\nnav: [index.md]\n")
    if expected is None:
        build.run_zensical(tmp_path)
    else:
        with pytest.raises(build.SiteError, match=expected):
            build.run_zensical(tmp_path)


def test_links_are_those_outside_of_code() -> None:
    text = '[a](b.md#c) `[d](e.md)` [f](https://g) <img src="h.svg">\n```py\n[i](j.md)\n```\n'
    assert build.links(text) == {"b.md", "h.svg"}


def test_docstrings_are_text() -> None:
    doc = "x * y_1[i] of `a_b*`.\n\n    m <- b * m\n\n<end>"
    expected = "x \\* y\\_1\\[i\\] of `a_b*`.\n\n```text\nm <- b * m\n```\n\n&lt;end&gt;"
    assert reference.escaped(doc) == expected


def test_a_signature_is_split_at_its_own_commas() -> None:
    def f(
        a: dict[str, tuple[int, int]], b: tuple[int, ...] = (1, 2), *, longer_name: str = "c,d"
    ) -> None: ...

    assert reference.signature("dt.f", f).splitlines()[1:-1] == [
        "    a: dict[str, tuple[int, int]],",
        "    b: tuple[int, ...] = (1, 2),",
        "    *,",
        "    longer_name: str = 'c,d',",
    ]


def test_curves_are_values_and_derivatives() -> None:
    values, slopes = functions.curves(dt.softplus)
    assert np.allclose(values, np.logaddexp(functions.X, 0))
    assert np.allclose(slopes, 1 / (1 + np.exp(-functions.X)))


def test_a_loss_is_drawn_against_its_target() -> None:
    axis, _, _, function = functions.LOSSES["mean_squared_error"]
    values, slopes = functions.curves(lambda x: function(dt.mean_squared_error, x), axis)
    assert np.allclose(values, (axis - 1) ** 2)
    assert np.allclose(slopes, 2 * (axis - 1))


def test_an_optimizer_walks_down() -> None:
    points = optimizers.walk(dt.SGD(0.05))
    assert np.allclose(points[1], [-4 + 0.05 * 4, 1 - 0.05 * 20])
    assert np.allclose(points[-1], [-4 * 0.95**optimizers.STEPS, 0.0])


def test_losses_optimizers_and_schedules_have_pictures(site: Path) -> None:
    """A rule by pages: on these each entry has one, with a text for those who do not see it."""
    bare = {"Schedule", "ctc_decode"}
    for page in ("losses", "optimizers", "schedules", "other"):
        text = (site / "reference" / f"{page}.html").read_text()
        _, *entries = re.split(r'<h2 id="dt-', text)
        without = {entry.partition('"')[0] for entry in entries if "<figcaption>" not in entry}
        assert without <= bare
        assert text.count('role="img" aria-label="') == text.count("<figcaption>")


def test_lines_are_cut_at_jumps_alone() -> None:
    x = np.linspace(-1.0, 1.0, 41)

    def pieces(y: drawing.Values) -> int:
        return len({point["piece"] for point in drawing._points("y", x, y, None)})

    assert pieces(np.sign(x - 0.01)) == 2
    assert pieces(np.sin(9 * x)) == pieces(np.exp(4 * x)) == 1
    assert pieces(np.where(abs(x) < 0.1, np.nan, x)) >= 2
