"""Build the site: `python -m tools.documentation [FOLDER]`; the default is build/site."""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.documentation.build import ROOT, build

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "site")
    folder = parser.parse_args().folder.resolve()
    print(build(folder))
    print(f"open {folder / 'index.html'}")
