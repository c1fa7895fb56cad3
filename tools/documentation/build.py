"""Lay out the pages, write the reference, run Zensical strictly, and remove what needs a network.

The pages keep their paths in the repository, so that a link holds on the site where it holds there.
A Markdown file that a page links to is a page, too; any other file is copied.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from tools.documentation import reference

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
# Pages that may be missing.
AWAITED = ("docs/improving.md", "docs/choosing.md", "docs/benchmarking.md")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)|(?:src|href)=\"([^\"#]+)\"")
CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
# The theme's way to search in pages that were opened from a folder is a script from the network.
SHIM = re.compile(r"https://unpkg\.com/iframe-worker/shim")
FOREIGN = re.compile(
    r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"?((?:https?:)?//[^\">\s]+)"
)


class SiteError(Exception):
    """The site is not as it should be."""


def build(folder: Path) -> str:
    """Build the site into `folder`, and return what Zensical says; a `SiteError` if it warns."""
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    with tempfile.TemporaryDirectory() as name:
        stage = Path(name)
        pages = stage / "pages"
        nav = list(navigation(config["nav"], reference.write(pages / "reference")))
        _lay_out(pages, [page for page in leaves(nav) if not page.startswith("reference/")])
        if omitted := sorted(_all_pages() - set(leaves(nav))):
            nav.append({"More": omitted})
        for file in ("site.css", "iframe-worker.js"):
            _copy(f"tools/documentation/{file}", pages)
        config.update(nav=nav, docs_dir="pages", site_dir="site")
        (stage / "mkdocs.yml").write_text(yaml.safe_dump(config, sort_keys=False))
        said = run_zensical(stage)
        _make_local(stage / "site")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(stage / "site", folder)
    return said


def navigation(entries: Iterable[Any], generated: Any) -> Iterator[Any]:
    """The navigation with the pages of the reference, without awaited pages that are missing."""
    for entry in entries:
        title, target = next(iter(entry.items()))
        if target == "REFERENCE":
            yield {title: generated}
        elif isinstance(target, list):
            yield {title: list(navigation(target, generated))}
        elif target not in AWAITED or (ROOT / target).exists():
            yield {title: target}


def leaves(nav: Any) -> Iterator[str]:
    """The pages of a navigation."""
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from leaves(part)


def links(text: str) -> set[str]:
    """Files of the repository that a Markdown text links to, outside of code."""
    found = {first or second for first, second in LINK.findall(CODE.sub("", text))}
    return {link for link in found if not re.match(r"[a-z]+:", link)}


def _all_pages() -> set[str]:
    return {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md")} - {
        "docs/pictures/README.md"
    }


def _lay_out(pages: Path, first: list[str]) -> None:
    waiting, seen = [*first, *sorted(_all_pages())], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if not (ROOT / name).is_file():
            raise SiteError(f"{name} is in the navigation of mkdocs.yml, and is no file")
        _copy(name, pages)
        if name.endswith(".md"):
            text = _without_folders(name)
            (pages / name).write_text(text)
            waiting.extend(_targets(name, text))


def _targets(name: str, text: str) -> Iterator[str]:
    """The files that a page links to, but for the reference, which is written elsewhere."""
    for link in links(text):
        target = _target(name, link)
        if target.parts[:1] == ("reference",):
            continue
        if not (ROOT / target).is_file():
            raise SiteError(f"{name} links to {link}, which is no file of the repository")
        yield target.as_posix()


def _target(name: str, link: str) -> Path:
    return Path(os.path.normpath(Path(name).parent / link))


def _without_folders(name: str) -> str:
    """The text of a page: a link to a folder is one to its README, or no link if it has none."""

    def replaced(match: re.Match[str]) -> str:
        words, link = match.groups()
        folder = ROOT / _target(name, link)
        if not folder.is_dir():
            return match[0]
        return (
            f"[{words}]({link.rstrip('/')}/README.md)" if (folder / "README.md").exists() else words
        )

    return re.sub(r"\[([^\]\n]+)\]\(([^)#\s:]+)\)", replaced, (ROOT / name).read_text())


def _copy(name: str, pages: Path) -> None:
    (pages / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / name, pages / name)


def run_zensical(stage: Path) -> str:
    """Build the folder strictly; a `SiteError` with what is wrong."""
    command = (sys.executable, "-m", "zensical", "build", "--strict", "--clean")
    environment = {**os.environ, "NO_COLOR": "1"}
    result = subprocess.run(
        command, cwd=stage, env=environment, capture_output=True, text=True, check=False
    )
    said = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout + result.stderr)
    if result.returncode or "No issues found" not in said:
        raise SiteError(f"zensical build --strict failed\n{said}")
    return said.strip()


def _make_local(site: Path) -> None:
    """Let pages load nothing from the network; an error if one still would."""
    for page in site.rglob("*.html"):
        up = "../" * (len(page.relative_to(site).parts) - 1)
        text = SHIM.sub(f"{up}tools/documentation/iframe-worker.js", page.read_text())
        if foreign := FOREIGN.search(text):
            raise SiteError(f"{page.relative_to(site)} loads {foreign[1]} from the network")
        page.write_text(text)
