"""`dovetail report`: one page about a definition."""

from __future__ import annotations

import inspect
import textwrap
from html import escape
from typing import Any

import numpy as np
from rich.console import Console

import dovetail
from dovetail.errors import DovetailError
from dovetail.graph.dtypes import float32
from dovetail.graph.node import Graph
from dovetail.hosts.show import stages_of
from dovetail.measure.bench import bench
from dovetail.measure.results import BenchReport
from dovetail.measure.subject import SEED, Problem
from dovetail.pages.bench_page import machine_facts, measurements
from dovetail.pages.charts import altair
from dovetail.pages.mathml import formulas
from dovetail.pages.pictures import envelope_picture, error_picture, function_picture
from dovetail.pages.template import Html, Section, code, page, picture, table
from dovetail.verify.calls import Call
from dovetail.verify.check import check
from dovetail.verify.report import Report
from dovetail.verify.sample import Sample
from dovetail.verify.targets import target_of

MOST_LINES = 40  # of a formula; longer ones are shown as graphs only
COLOURS = {"passed": "good", "failed": "bad", "skipped": "warn"}


def report_page(
    definition: Any,
    *,
    hosts: list[str] | None = None,
    threads: int | None = None,
    quick: bool = True,
    measured: bool = True,
    console: Console | None = None,
) -> str:
    """The page: maths, derivative, certificate, pictures, speed, kernels.

    `measured`: with `dt.bench`. `quick`: fewer samples of the checks, and two sizes.
    """
    altair()  # before minutes of work
    found = check(definition, quick=quick, hosts=hosts, console=console)
    benched: BenchReport | None = None
    target = target_of(definition, np.random.default_rng(SEED))
    sections: list[Section] = []
    if target.calls:
        call = target.calls[0]
        sections += [_maths(definition, call), _certificate(found), _pictures(call)]
        if measured:
            benched = bench(definition, hosts=hosts, threads=threads, quick=quick, console=console)
            sections.append(Section("speed", "Speed", measurements(benched)))
        sections.append(_kernels(call))
    else:
        sections += [Section("maths", "Maths", _source_text(definition)), _certificate(found)]
    state = "passed" if found.passed else "failed"
    lead = (
        f"<p>{escape(found.kind)}, defined at {escape(found.location or 'an unknown place')}. "
        f'<strong class="{COLOURS[state]}">dt.check {state}</strong>: '
        f"{sum(v.status == 'passed' for v in found.verdicts)} checks passed, "
        f"{len(found.failures)} failed.</p>"
    )
    facts = {"Dovetail": dovetail.__version__} | (machine_facts(benched) if benched else {})
    return page(f"{found.kind} {found.name}", lead, sections, facts)


def _source_text(definition: Any) -> str:
    owner = getattr(definition, "definition", None)
    if owner is None:
        owner = definition if isinstance(definition, type) else type(definition)
    documented = inspect.getdoc(definition) or ""
    words = f"<p>{escape(documented)}</p>" if documented else ""
    try:
        return words + code(textwrap.dedent(inspect.getsource(owner)), "Definition", opened=True)
    except (OSError, TypeError):
        return words


def _maths(definition: Any, call: Call) -> Section:
    """The definition, its formula and that of its derivative."""
    problem = Problem(_small(call), "")
    names = _outputs("y", len(problem.graph.outputs))
    content = (
        _source_text(definition)
        + "<h3>As it is computed</h3>"
        + _shown(formulas(problem.graph, call.sample.paths, names))
    )
    if problem.has_gradient:
        paths = call.sample.paths
        given = _outputs("g", len(problem.cotangents))
        wanted = [f"∂{paths[number]}" for number in problem.wrt]
        content += (
            "<h3>Its derivative</h3><p>The cotangent of each argument, for the cotangent "
            f"{escape(', '.join(given))} of the result.</p>"
        )
        graph = problem.joint_graph
        back = Graph(graph.inputs, graph.outputs[len(names) :])
        content += _shown(formulas(back, (*paths, *given), wanted))
    return Section("maths", "Maths", content)


def _small(call: Call) -> Call:
    sample = call.sample.cast(float32)
    return Call(call.function, Sample(sample.args, sample.settings, sample.names, "", sample.fixed))


def _outputs(name: str, count: int) -> tuple[str, ...]:
    return (name,) if count == 1 else tuple(f"{name}{number}" for number in range(count))


def _shown(lines: list[str]) -> str:
    if len(lines) > MOST_LINES:
        return f"<p>It has {len(lines)} steps; the graph is below, under Kernels.</p>"
    inside = "".join(lines)
    return f'<div class="maths" role="region" tabindex="0" aria-label="formula">{inside}</div>'


def _certificate(report: Report) -> Section:
    rows = [
        {"check": f"{v.check} ({v.host})", "result": Html(
            f'<span class="{COLOURS.get(v.status, "")}">{escape(v.status)}</span>'),
         "summary": v.summary, "figures": ", ".join(f"{k}: {_figure(x)}"
                                                    for k, x in v.figures.items())}
        for v in report.worst_first
    ]  # fmt: skip
    versions = {k: v for each in report.hosts.values() for k, v in each.items()}
    words = (
        f"<p>{escape(report.budget)}, seed {report.seed}, {report.seconds:.0f} s, on "
        f"{escape(', '.join(f'{k} {v}' for k, v in versions.items()))}. What was not checked is "
        "in the table, too.</p>"
    )
    cases = "".join(
        code(v.case.reproduce(), f"{v.check}: an example that fails")
        for v in report.failures if v.case is not None
    )  # fmt: skip
    return Section("certificate", "Certificate", words + cases + table(rows, "Checks"))


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _pictures(call: Call) -> Section:
    with np.errstate(all="ignore"):
        found = [make(call) for make in (function_picture, error_picture, envelope_picture)]
    content = "".join(picture(each) for each in found if each is not None)
    if None in found:
        content += "<p>A curve is drawn of functions of one variable alone.</p>"
    return Section("pictures", "Pictures", content)


def _kernels(call: Call) -> Section:
    sample = _small(call).sample
    try:
        found = stages_of(call.function, *sample.args, **sample.settings)
    except DovetailError as error:
        return Section("kernels", "Kernels", f"<p>{escape(str(error))}</p>")
    content = "".join(
        f"<h3>{escape(name)}</h3>" + "".join(code(s.text, s.title) for s in stages)
        for name, stages in found
    )
    return Section("kernels", "Kernels", content)
