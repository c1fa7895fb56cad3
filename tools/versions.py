"""Run the tests on the lowest versions that pyproject.toml allows and on the newest of the index.

    python tools/versions.py                 # all configurations, one after the other
    python tools/versions.py --list
    python tools/versions.py torch-lowest    # one configuration, or all whose names begin so

Each configuration is a virtual environment of its own, made by uv (`pip install uv`), which can
resolve to the lowest versions. docs/versions.md gets one row for each; rows of other configurations
stay. Configurations whose interpreter is not installed are named and left out.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "versions.md"
INTERPRETERS = ("3.11", "3.12", "3.13", "3.14")
OLDEST = INTERPRETERS[0]
# These read the sources, not the installed packages.
ABOUT_SOURCES = ("tests/test_house.py", "tests/typing", "tests/test_contributing.py")
# What each framework's tests need beside the framework itself. TensorFlow without GPU libraries.
NEEDS = {
    "torch": ("torch",),
    "jax": ("jax", "flax", "optax"),
    "tensorflow": ("tensorflow-cpu",),
    "keras": ("keras", "torch", "jax", "flax", "optax", "tensorflow-cpu"),
}
CORE = ("numpy", "llvmlite", "ml_dtypes", "rich")
LIMIT = 3600  # seconds for the tests of one configuration


@dataclass(frozen=True)
class Configuration:
    """One environment and the tests that run in it."""

    subject: str  # "core" or a framework
    python: str
    lowest: bool

    @property
    def name(self) -> str:
        suffix = "lowest" if self.lowest else "newest"
        version = f"-{self.python}" if self.subject == "core" else ""
        return f"{self.subject}{version}-{suffix}"

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages whose versions are the question."""
        return NEEDS.get(self.subject, CORE)

    @property
    def tests(self) -> list[str]:
        if self.subject != "core":
            return [f"tests/hosts/{self.subject}"]
        left_out = [f"tests/hosts/{name}" for name in NEEDS]
        return ["tests", *(f"--ignore={path}" for path in (*left_out, *ABOUT_SOURCES))]


def configurations() -> Iterator[Configuration]:
    """The core on every interpreter; each framework's lowest and newest versions on the oldest."""
    for python in INTERPRETERS:
        if python == OLDEST:
            yield Configuration("core", python, lowest=True)
        yield Configuration("core", python, lowest=False)
    for subject in NEEDS:
        for lowest in (True, False):
            yield Configuration(subject, OLDEST, lowest)


def requirements(configuration: Configuration) -> list[str]:
    """The package itself, the tests' tools, and the frameworks with pyproject's bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    bounds = {
        re.split(r"[<>=!~]", each)[0]: each
        for name in ("torch", "tensorflow", "keras", "jax")
        for each in extras[name]
    }
    bounds["tensorflow-cpu"] = bounds["tensorflow"].replace("tensorflow", "tensorflow-cpu")
    wanted = NEEDS.get(configuration.subject, ())
    tools = [each for each in extras["test"] if not each.startswith(("pyright", "mypy", "ruff"))]
    if "torch" in wanted:
        tools += [each for each in extras["frameworks"] if each.startswith("expecttest")]
    if "jax" in wanted:
        tools.append("flatbuffers>=24.3")  # serialised exports need it
    return ["-e", str(ROOT), *(bounds[name] for name in wanted), *tools]


def interpreter(version: str) -> str | None:
    """An interpreter of this version, if there is one: uv looks in PATH, in pyenv and its own."""
    found = subprocess.run(
        ["uv", "python", "find", version], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() if found.returncode == 0 else None


def run(configuration: Configuration, python: str, folder: Path, processes: int) -> str:
    """Install, test, and give the row for the table."""
    place = folder / configuration.name
    subprocess.run(["uv", "venv", "--quiet", "--clear", "--python", python, place], check=True)
    executable = place / "bin" / "python"
    install = ["uv", "pip", "install", "--quiet", "--python", str(executable)]
    if configuration.lowest:
        install += ["--resolution", "lowest-direct"]
    subprocess.run([*install, *requirements(configuration)], check=True)
    versions = installed(executable, configuration.packages)
    command = [str(executable), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-n", str(processes), "--dist", "loadfile", *configuration.tests]
    # Other versions may warn, so warnings are not errors here, also in processes that tests start.
    environment = {
        **os.environ, "DOVETAIL_CACHE_DIR": str(place / "cache"), "PYTEST_ADDOPTS": "-W default",
    }  # fmt: skip
    environment.pop("PYTHONPATH", None)
    log = folder / f"{configuration.name}.log"
    with log.open("w") as file:
        try:
            subprocess.run(
                command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT,
                timeout=LIMIT, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            file.write(f"\nnot finished after {LIMIT} s\n")
    shutil.rmtree(place)
    lines = log.read_text(errors="replace").splitlines()
    for line in lines:
        if line.startswith(("FAILED", "ERROR")):
            print(" ", line)
    result = next((each for each in reversed(lines) if re.search(r" in [\d.]+s", each)), lines[-1])
    result = re.sub(r" in [\d.]+s.*", "", result.strip("= "))
    result = re.sub(r", \d+ warnings?", "", result)
    exact = subprocess.run(
        [python, "-c", "import platform; print(platform.python_version())"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    cells = [configuration.name, exact, versions, result, datetime.date.today().isoformat()]
    return f"| {' | '.join(cells)} |"


def installed(executable: Path, packages: tuple[str, ...]) -> str:
    """The versions of some packages in an environment."""
    code = (
        "import importlib.metadata as m\n"
        f"print(', '.join(f'{{name}} {{m.version(name)}}' for name in {packages!r}))"
    )
    done = subprocess.run([executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def record(row: str) -> None:
    """Put a row into the table, in the place of the one with the same name."""
    lines = TABLE.read_text().splitlines()
    name = row.split("|")[1].strip()
    order = [each.name for each in configurations()]
    rows = {
        line.split("|")[1].strip(): line
        for line in lines
        if line.startswith("| ") and line.split("|")[1].strip() in order
    }
    rows[name] = row
    head = next(i for i, line in enumerate(lines) if line.startswith("|---")) + 1
    rest = [line for line in lines[head:] if not line.startswith("| ")]
    table = [rows[each] for each in order if each in rows]
    TABLE.write_text("\n".join([*lines[:head], *table, *rest]) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", help="configurations, or what their names begin with")
    parser.add_argument("--list", action="store_true", help="name the configurations and stop")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="for environments and logs")
    arguments = parser.parse_args()
    chosen = [
        each
        for each in configurations()
        if not arguments.names or each.name.startswith(tuple(arguments.names))
    ]
    if arguments.list:
        print("\n".join(each.name for each in chosen))
        return 0
    if shutil.which("uv") is None:
        sys.exit("uv is needed: pip install uv")
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="dovetail-versions-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"logs: {folder}")
    failed = False
    for configuration in chosen:
        python = interpreter(configuration.python)
        if python is None:
            print(f"{configuration.name}: no Python {configuration.python} on this machine")
            continue
        print(configuration.name, flush=True)
        row = run(configuration, python, folder, arguments.processes)
        print(row, flush=True)
        record(row)
        failed = failed or " failed" in row or " error" in row or " passed" not in row
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
