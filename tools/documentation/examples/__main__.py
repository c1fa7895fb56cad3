"""Write what examples show into their files."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

from tools.documentation.examples import rewritten

for name in sys.argv[1:]:
    path = Path(name).resolve()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        path.write_text(rewritten(path.read_text()))
