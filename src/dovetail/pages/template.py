"""The frame of a page: one file with its style, its script and its charts, and no network.

Light and dark follow the reader's setting, and a button changes them. Charts are as wide as the
page; tables scroll in their frames; every chart has a description and its numbers as a table.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from dovetail.pages.charts import Picture, Row, script

MOST_ROWS = 200  # of a table of numbers below a chart


@dataclass(frozen=True)
class Section:
    """A part of the page: its heading, and its content as HTML."""

    key: str
    title: str
    content: str


@dataclass(frozen=True)
class Html:
    """Text that is HTML already."""

    text: str


def cell(value: Any) -> str:
    """A value of a table."""
    if isinstance(value, Html):
        return value.text
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else str(value)
    return escape(str(value))


def table(rows: Sequence[Row], caption: str, label: str | None = None) -> str:
    """Rows of the same keys; the first column names each row."""
    if not rows:
        return ""
    names = list(rows[0])
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(
            f'<th scope="row">{cell(row[name])}</th>' if number == 0
            else f"<td{_aligned(row[name])}>{cell(row[name])}</td>"
            for number, name in enumerate(names)
        ) + "</tr>"
        for row in rows[:MOST_ROWS]
    )  # fmt: skip
    more = f" (the first {MOST_ROWS} of {len(rows)} rows)" if len(rows) > MOST_ROWS else ""
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label or caption)}">'
        f"<table><caption>{escape(caption)}{more}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _aligned(value: Any) -> str:
    return ' class="number"' if isinstance(value, (int, float)) else ""


def picture(each: Picture) -> str:
    """A chart, its caption, and its numbers."""
    specification = json.dumps(each.specification, allow_nan=False).replace("</", "<\\/")
    numbers = table(each.rows, each.title, f"numbers of {each.title}")
    return (
        f'<figure id="{each.key}" aria-labelledby="{each.key}-title" '
        f'aria-describedby="{each.key}-text">'
        f'<h3 id="{each.key}-title">{escape(each.title)}</h3>'
        f'<div class="chart" data-chart="{each.key}"></div>'
        f'<figcaption id="{each.key}-text">{escape(each.text)}</figcaption>'
        f"<details><summary>Numbers</summary>{numbers}</details>"
        f'<script type="application/json" id="{each.key}-data">{specification}</script></figure>'
    )


def code(text: str, title: str, opened: bool = False) -> str:
    """Code that can be folded away."""
    return (
        f"<details{' open' if opened else ''}><summary>{escape(title)}</summary>"
        f'<pre tabindex="0" aria-label="{escape(title)}"><code>{escape(text)}</code></pre>'
        "</details>"
    )


def page(title: str, lead: str, sections: Sequence[Section], facts: Mapping[str, str]) -> str:
    """The whole document. `lead`: HTML below the title; `facts`: at the end."""
    links = "".join(f'<li><a href="#{each.key}">{escape(each.title)}</a></li>' for each in sections)
    body = "".join(
        f'<section id="{each.key}" aria-labelledby="{each.key}-heading">'
        f'<h2 id="{each.key}-heading">{escape(each.title)}</h2>{each.content}</section>'
        for each in sections
    )
    about = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    charts = 'class="chart"' in body
    drawing = f"<script>{script()}</script><script>{DRAWING}</script>" if charts else ""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        '<a class="skip" href="#main">Skip to the content</a>'
        f'<header><h1>{escape(title)}</h1><div class="lead">{lead}</div>'
        '<button type="button" id="theme" aria-pressed="false">Dark</button>'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>'
        f'<main id="main" tabindex="-1">{body}</main><footer><dl>{about}</dl></footer>'
        f"<script>{THEME}</script>{drawing}</body></html>\n"
    )


STYLE = """
:root { --back: #ffffff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa;
  --link: #0550ae; --good: #116329; --bad: #a40e26; --warn: #7d4e00; }
:root[data-theme=dark] { --back: #0d1117; --text: #e6edf3; --soft: #9da7b3; --line: #3d444d;
  --panel: #161b22; --link: #79c0ff; --good: #7ee787; --bad: #ff7b72; --warn: #e3b341;
  color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; background: var(--back);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.5rem 0; } h2 { margin: 2.2rem 0 0.6rem;
  border-bottom: 1px solid var(--line); padding-bottom: 0.2rem; } h3 { margin: 0.2rem 0 0.5rem; }
a { color: var(--link); } :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; padding: 0; list-style: none; }
nav a, summary { display: inline-block; min-height: 1.6rem; } .lead { color: var(--soft); }
#theme { font: inherit; color: var(--text); background: var(--panel); border: 1px solid
  var(--line); border-radius: 6px; padding: 0.3rem 0.9rem; cursor: pointer; }
figure { margin: 1.2rem 0; padding: 0.9rem; border: 1px solid var(--line); border-radius: 8px; }
figcaption { color: var(--soft); margin: 0.5rem 0; } .chart { width: 100%; min-height: 60px; }
.chart svg { max-width: 100%; } .scroll { overflow-x: auto; margin: 0.6rem 0; }
table { border-collapse: collapse; font-size: 0.92rem; width: max-content; }
td { max-width: 24rem; } caption { text-align: left;
  color: var(--soft); padding-bottom: 0.3rem; } th, td { text-align: left; vertical-align: top;
  padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid var(--line); }
th[scope=row] { font-weight: 600; } td.number { text-align: right;
  font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; background: var(--panel); padding: 0.8rem; border-radius: 6px;
  font-size: 0.82rem; line-height: 1.4; } summary { cursor: pointer; color: var(--link); }
math { font-size: 1.1rem; } .good { color: var(--good); } .bad { color: var(--bad); }
.warn { color: var(--warn); } dt { color: var(--soft); } dd { margin: 0 0 0.4rem; }
.maths { overflow-x: auto; padding: 0.2rem 0; } .maths math { margin: 0.55rem 0; }
@media print { #theme, nav { display: none; } }
"""

THEME = """
(function () {
  var root = document.documentElement, button = document.getElementById('theme');
  var wanted = window.matchMedia('(prefers-color-scheme: dark)');
  function apply(dark) {
    root.dataset.theme = dark ? 'dark' : 'light';
    button.setAttribute('aria-pressed', String(dark));
    if (window.drawCharts) { window.drawCharts(dark); }
  }
  button.addEventListener('click', function () { apply(root.dataset.theme !== 'dark'); });
  wanted.addEventListener('change', function (event) { apply(event.matches); });
  apply(wanted.matches);
})();
"""

DRAWING = """
(function () {
  var palettes = {
    light: ['#0550ae', '#bc4c00', '#116329', '#8250df', '#a40e26', '#57606a', '#0e7490', '#7d4e00'],
    dark: ['#79c0ff', '#ffa657', '#7ee787', '#d2a8ff', '#ff7b72', '#9da7b3', '#56d4dd', '#e3b341']
  };
  function config(dark) {
    var text = dark ? '#e6edf3' : '#1b1f24', line = dark ? '#3d444d' : '#d0d7de';
    return {
      background: 'transparent', mark: {color: palettes[dark ? 'dark' : 'light'][0]},
      point: {opacity: 0.8}, font: 'system-ui, sans-serif', autosize: {type: 'fit-x',
      contains: 'padding'}, view: {stroke: line}, rule: {color: text},
      range: {category: palettes[dark ? 'dark' : 'light']},
      axis: {labelColor: text, titleColor: text, gridColor: line, domainColor: text,
             tickColor: text, labelFontSize: 12, titleFontSize: 12},
      legend: {labelColor: text, titleColor: text, labelFontSize: 12, symbolStrokeWidth: 2}
    };
  }
  window.drawCharts = function (dark) {
    var places = document.querySelectorAll('[data-chart]');
    Promise.all(Array.prototype.map.call(places, function (place) {
      var data = document.getElementById(place.dataset.chart + '-data').textContent;
      return vegaEmbed(place, JSON.parse(data),
        {actions: false, renderer: 'svg', config: config(dark)});
    })).then(function () { document.body.dataset.drawn = String(places.length); })
      .catch(function (error) { console.error('a chart was not drawn: ' + error); });
  };
  window.drawCharts(document.documentElement.dataset.theme === 'dark');
})();
"""
