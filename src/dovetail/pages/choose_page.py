"""`dovetail choose` as a page."""

from __future__ import annotations

from html import escape

from dovetail.choose.figures import QUANTITIES
from dovetail.choose.report import ChoiceReport, shown
from dovetail.choose.verdict import WEIGHTS
from dovetail.pages.charts import Picture, spans
from dovetail.pages.template import Section, page, picture, table

MICRO = 1e6


def choose_page(report: ChoiceReport) -> str:
    """The verdict, the scores for every purpose, the figures, exports, and what is missing."""
    found = report.verdict
    sections = [
        Section("verdict", "Verdict", _verdict(report) + picture(_scores(report))),
        Section("figures", "Figures", "".join(map(picture, _times(report))) + _tables(report)),
    ]
    if report.refused:
        refused = "".join(
            f'<li class="bad">{escape(each.name)} {escape(each.refused)}</li>'
            for each in report.refused
        )
        sections.append(Section("refused", "Refused", f"<ul>{refused}</ul>"))
    exports = [
        {"framework": each.name, "format": name, "result": why or "written"}
        for each in report.figures for name, why in each.exports.items()
    ]  # fmt: skip
    if exports:
        sections.append(Section("exports", "Exports", table(exports, "What exports")))
    missing = "".join(f"<li>{escape(text)}</li>" for text in report.not_measured)
    sections.append(Section("missing", "Not measured", f"<ul>{missing}</ul>"))
    lead = f'<p><strong class="good">{escape(found.sentence)}</strong></p>'
    facts = {"Machine": report.machine, "Took": f"{report.seconds:.0f} s"}
    return page(f"Frameworks for {report.model}", lead, sections, facts)


def _verdict(report: ChoiceReport) -> str:
    weights = ", ".join(
        f"{QUANTITIES[name].words} {weight:g}" for name, weight in WEIGHTS[report.purpose].items()
    )
    rows = [
        {"framework": place.figures.name, "score": place.score, "noise": f"{place.noise:.0%}",
         "with the first": "ties" if place.ties else "slower", "reasons": "; ".join(place.reasons)}
        for place in report.verdict.places
    ]  # fmt: skip
    return (
        "<p>A score of 1 is the best in everything, 2 costs twice as much: the weighted geometric "
        f"mean of each figure over the best one. Weights: {escape(weights)}.</p>"
        + table(rows, f"Places for {report.purpose}")
    )


def _scores(report: ChoiceReport) -> Picture:
    rows = [
        {"framework": place.figures.name, "score": place.score, "purpose": purpose}
        for purpose in WEIGHTS for place in report.verdict_for(purpose).places
    ]  # fmt: skip
    text = "The score of every framework for each purpose, on a logarithmic scale; 1 is the best."
    return spans("scores", "Scores", text, rows, "score", "framework", "purpose")


def _times(report: ChoiceReport) -> list[Picture]:
    found: list[Picture] = []
    for key, title, names in (
        ("steps", "A warm step of training", ("step p50", "step p95")),
        ("inference", "Inference of one example", ("one p50", "one p99")),
    ):
        rows = [
            {"framework": each.name, "microseconds": each.values[name] * MICRO, "which": name[-3:]}
            for each in report.figures if not each.refused
            for name in names if name in each.values
        ]  # fmt: skip
        if not rows:
            continue
        best = min(rows, key=lambda row: row["microseconds"])
        text = f"Median and percentile. The fastest is {best['framework']}."
        found.append(spans(key, title, text, rows, "microseconds", "framework", "which"))
    return found


def _tables(report: ChoiceReport) -> str:
    content = ""
    for title, headings in report.headings.items():
        labels = dict(headings)
        rows = [
            {"framework": each.name} | {
                _unique(labels, name): shown(name, each.values.get(name)) for name in headings
            }
            for each in report.figures if not each.refused
        ]  # fmt: skip
        content += table(rows, title)
    return content


def _unique(labels: dict[str, str], name: str) -> str:
    """The heading of a column, with its quantity where another one has the same."""
    same = sum(label == labels[name] for label in labels.values())
    return labels[name] if same == 1 else f"{name.split()[0]} {labels[name]}"
