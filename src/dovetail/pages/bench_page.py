"""The measurements of `dt.bench` as pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dovetail.measure.results import BenchReport
from dovetail.pages.charts import Picture, roof, spans
from dovetail.pages.template import Section, page, picture, table

MICRO = 1e6


def speed_pictures(report: BenchReport, mark: str = "") -> list[Picture]:
    """For each direction and size, the time of every column; `mark` begins the keys."""
    found: list[Picture] = []
    for number, (direction, size) in enumerate(
        dict.fromkeys((row.direction, row.size) for row in report.rows)
    ):
        rows = [
            {"what": f"{row.host}: {row.column}", "microseconds": row.timing.median * MICRO,
             "lower quartile": row.timing.low * MICRO, "upper quartile": row.timing.high * MICRO}
            for row in report.rows
            if (row.direction, row.size) == (direction, size) and row.timing is not None
        ]  # fmt: skip
        if not rows:
            continue
        best = min(rows, key=lambda row: row["microseconds"])
        text = (
            f"{report.name}, {direction}, arrays of {size}: the median of the rounds, with its "
            f"quartiles. The fastest is {best['what']}, {best['microseconds']:.4g} µs."
        )
        found.append(spans(
            f"{mark}speed-{number}", f"Time, {direction}, {size}", text, rows, "microseconds",
            "what", low="lower quartile", high="upper quartile",
        ))  # fmt: skip
    return found


def roofline(report: BenchReport, mark: str = "") -> Picture | None:
    """Where the columns are below what this machine copies and computes."""
    rows = [
        {"what": f"{row.host}: {row.column}", "size": f"{row.size}, {row.direction}",
         "operations for each byte": row.all_operations / row.least_bytes,
         "operations in a second": row.all_operations / row.timing.median}
        for row in report.rows
            if row.timing is not None and row.least_bytes and row.all_operations
    ]  # fmt: skip
    if not rows:
        return None
    machine = report.machine
    text = (
        f"The line is what this machine can do: it copies {machine.copy_bandwidth / 1e9:.1f} GB/s "
        f"and computes {machine.peak / 1e9:.0f} GFLOP/s in products of matrices. A point is what a "
        "column does of the operations that are needed at least, for each byte that is moved at "
        "least. An exponential counts as one operation. Arrays that a cache holds can be above "
        "the slope, which is that of memory."
    )
    key = f"{mark}roofline"
    return roof(key, "Roofline", text, rows, machine.copy_bandwidth, machine.peak)


def measurements(report: BenchReport, mark: str = "") -> str:
    """The pictures, and tables of everything; `mark` sets their keys apart from others'."""
    found = [*speed_pictures(report, mark), roofline(report, mark)]
    content = "".join(picture(each) for each in found if each is not None)
    rows = [
        {"host": row.host, "column": row.column, "direction": row.direction, "size": row.size,
         "µs": "not timed" if row.timing is None else row.timing.median * MICRO,
         "of copy": _percent(report.share_of_copy(row)),
         "of peak": _percent(report.share_of_peak(row)), "remark": row.wrong or ""}
        for row in report.rows
    ]  # fmt: skip
    content += table(rows, "Every figure")
    content += table(_starts(report), "In a process of its own")
    for text in report.left_out:
        content += f'<p class="warn">Not measured: {text}</p>'
    return content


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _starts(report: BenchReport) -> Sequence[dict[str, Any]]:
    return [
        {"host": start.host, "column": start.column,
         "import s": start.figures.get("import seconds", ""),
         "first call s": start.figures.get("first call seconds", ""),
         "new shape s": start.figures.get("new shape seconds", ""),
         "peak MiB": start.figures["peak bytes"] / (1 << 20)
         if "peak bytes" in start.figures else ""}
        for start in report.starts
    ]  # fmt: skip


def machine_facts(report: BenchReport) -> dict[str, str]:
    """For the end of a page."""
    machine = report.machine
    return {
        "Machine": f"{machine.processor}, {machine.threads} threads, {machine.system}",
        "Versions": "; ".join(
            f"{package} {version}" for each in report.versions.values()
            for package, version in each.items()
        ),
        "Load of other processes": f"{machine.load:.1f}",
    }  # fmt: skip


def bench_page(reports: Sequence[BenchReport]) -> str:
    """A page of one or more measurements."""
    sections = [
        Section(
            f"bench-{number}",
            f"{each.kind} {each.name}",
            measurements(each, f"n{number}-" if number else ""),
        )
        for number, each in enumerate(reports)
    ]
    lead = "<p>Times on this machine, beside what each framework has for the same maths.</p>"
    return page("Measurements", lead, sections, machine_facts(reports[0]))
