"""A real Chromium that opens a file, without a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PROGRAM = next((found for name in NAMES if (found := shutil.which(name))), None)
PLAYWRIGHT = find_spec("playwright") is not None
MISSING = (
    "no Chromium on the path: apt-get install chromium" if PROGRAM is None
    else "" if PLAYWRIGHT else "playwright is not installed: pip install playwright"
)  # fmt: skip


class Opened:
    """A page, with what it wrote to the console and what it asked the network for."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.messages: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.messages.append(f"error: {error}"))
        page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.requests.append(request.url)

    def open(self, path: Path) -> None:
        """Open a file, and wait until its charts are drawn."""
        self.page.goto(path.as_uri())
        self.page.wait_for_function("document.body.dataset.drawn !== undefined", timeout=60_000)

    def drawn(self) -> dict[str, int]:
        """For each chart, the marks that it shows: points, lines, bars."""
        found: dict[str, int] = self.page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('[data-chart]')].map(
                 place => [place.dataset.chart, [...place.querySelectorAll(
                   '.mark-symbol path, .mark-line path, .mark-rect path, .mark-rule line')].filter(
                     mark => { const box = mark.getBoundingClientRect();
                               return box.width + box.height > 1; }).length]))"""
        )
        return found


@contextmanager
def chromium(scheme: str, width: int) -> Iterator[Opened]:
    """A page in the colours and of the width of a reader's screen."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # where it is installed

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, offline=True
        )
        yield Opened(context.new_page())
        browser.close()
