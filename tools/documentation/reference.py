"""The pages of the reference, from signatures and docstrings as the running package has them."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tools.documentation import examples, pictures

import dovetail as dt
import dovetail.data
import dovetail.errors
import dovetail.improve
import dovetail.linalg
import dovetail.options
import dovetail.testing
from dovetail.extension.layer import Layer
from dovetail.extension.optimizer import Optimizer
from dovetail.language import namespace

ROOT = Path(__file__).resolve().parents[2]
OTHER = "Other"
# Pages by the modules whose names they have, in the order of the navigation. A module that is not
# here has its names on the page "Other".
PAGES: dict[str, tuple[str, ...]] = {
    "Definitions": ("extension", "errors"),
    "Derivatives": ("extension.gradients", "extension.pullback", "extension.batching"),
    "Checking, speed, looking inside": (
        "verify", "measure", "hosts.show", "compile.cpu.kept_memory",
    ),
    "Files": ("files", "extension.serialisation"),
    "Elementwise functions": ("language.elementwise", "language.arithmetic", "language.special"),
    "Neural functions": ("language.neural", "library.activations"),
    "Reductions and searches": (
        "language.statistical", "language.searching", "language.norms",
        "language.segment_reductions",
    ),
    "Shapes, indices, updates": (
        "language.manipulation", "language.indexing", "language.updates",
        "language.data_dependent",
    ),
    "New arrays, types, random numbers": (
        "language.creation", "language.data_types", "language.random", "graph.dtypes",
    ),
    "Loops": ("language.loops", "language.scan"),
    "Windows and convolutions": (
        "language.windows", "language.convolution", "language.resizing",
    ),
    "Products and attention": (
        "language.linear_algebra", "language.einsum", "language.attention",
    ),
    "Linear algebra": ("linalg",),
    "Losses": ("library.losses", "library.metric_losses", "library.sequence_losses"),
    "Layers": ("library.layers", "library.combinators", "library.modules"),
    "Layers: convolutions and pooling": (
        "library.convolution", "library.pooling", "library.resampling", "library.augmentation",
    ),
    "Layers: norms": ("library.normalisation",),
    "Layers: sequences and attention": (
        "library.recurrent", "library.attention", "library.positions", "library.crf",
    ),
    "Optimizers": (
        "library.optimizers", "library.optimizers_elementwise",
        "library.optimizers_of_tensors", "library.optimizers_of_models",
    ),
    "Schedules": ("library.schedules", "extension.schedule"),
    "Models and training": ("train",),
    "Metrics": (
        "train.metrics", "train.mean_metrics", "train.classification_metrics",
        "train.stateful_metrics",
    ),
    "Callbacks": ("train.callbacks",),
    "Constants": ("constants",),
    OTHER: (),
}  # fmt: skip
# Modules that are pages of their own: their names are not those of `dt`.
MODULES: dict[str, ModuleType] = {
    "Improving a model": dovetail.improve,
    "Errors": dovetail.errors,
    "Options": dovetail.options,
    "Digits": dovetail.data,
    "Tests": dovetail.testing,
}
METHODS = {
    Layer: ("parameters", "states", "set", "build", "pure", "path", "samples"),
    Optimizer: (
        "init", "apply", "update", "prepare", "evaluation", "evaluation_parameters", "with_groups",
    ),
    dt.Model: (
        "compile", "fit", "evaluate", "predict", "train_on_batch", "test_on_batch",
        "predict_on_batch", "summary", "plot", "to", "save", "save_weights", "load_weights",
        "get_weights", "set_weights",
    ),
}  # fmt: skip
CODE = re.compile(r"(`[^`]+`)")
ADDRESS = re.compile(
    r"<dovetail\.[\w.]+ object at 0x[0-9a-f]+>|<(?:class|function) '?([\w.]+)'?[^>]*>"
)


def write(folder: Path) -> list[dict[str, str]]:
    """Write the pages into `folder`, and return their part of the navigation."""
    folder.mkdir(parents=True)
    nav = []
    for title, entries in all_entries().items():
        module = MODULES.get(title)
        intro = escaped(inspect.getdoc(module) or "") if module else _intro(title)
        nav.append(_page(folder, title, intro, entries))
    index = "\n".join(
        f"- [{title}]({target.split('/')[1]})" for n in nav for title, target in n.items()
    )
    text = (
        "# Reference\n\nEvery public name, from its docstring. `dt` is `dovetail`. A function "
        "takes arrays of NumPy, PyTorch, JAX and TensorFlow, Keras' symbols, and the tracers of a "
        "definition. Examples have imported `numpy` as `np`, and are run by the tests; what they "
        f"show has four decimals.\n\n{index}\n"
    )
    (folder / "index.md").write_text(text)
    return [{"Overview": "reference/index.md"}, *nav]


def all_entries() -> dict[str, dict[str, Any]]:
    """The entries of every page, by their full names."""
    pages: dict[str, dict[str, Any]] = {}
    for title, names in sorted_names().items():
        prefix = "dt.linalg." if title == "Linear algebra" else "dt."
        pages[title] = {prefix + name: value for name, value in names.items()}
    for title, module in MODULES.items():
        names = {name: getattr(module, name) for name in public(module)}
        if module is dovetail.errors:  # its functions write messages
            names = {name: value for name, value in names.items() if isinstance(value, type)}
        pages[title] = {f"{module.__name__}.{name}": value for name, value in names.items()}
    return pages


def public(module: ModuleType) -> list[str]:
    """The names that a module defines for its users."""
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]
    return sorted(names)


def sorted_names() -> dict[str, dict[str, Any]]:
    """The public names of `dovetail` and `dovetail.linalg`, by page."""
    pages: dict[str, dict[str, Any]] = {title: {} for title in PAGES}
    homes = _homes_of_functions()
    for name in dt.__all__:
        value = getattr(dt, name)
        pages[_title(homes.get(name) or _home(value))][name] = value
    pages["Linear algebra"] = {name: getattr(dt.linalg, name) for name in dt.linalg.__all__}
    return {title: names for title, names in pages.items() if names}


def _homes_of_functions() -> dict[str, str]:
    """The module of the language in whose `__all__` a function is."""
    homes = {}
    for file in sorted((ROOT / "src/dovetail/language").glob("*.py")):
        module = importlib.import_module(f"dovetail.language.{file.stem}")
        for name in getattr(module, "__all__", ()):
            if name in namespace.FUNCTIONS:
                homes.setdefault(name, f"language.{file.stem}")
    return homes


def _home(value: Any) -> str:
    """The module, below `dovetail`, that decides on which page a value is."""
    if not callable(value) and not isinstance(value, dt.DType):
        return "constants"
    home = str(getattr(value, "__module__", "")).removeprefix("dovetail.")
    if isinstance(value, type) and issubclass(value, Layer) and "losses" in home:
        return "library.layers"
    return home


def _title(home: str) -> str:
    """The page whose row names the module, or the nearest package above it."""
    parts = home.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        for title, modules in PAGES.items():
            if prefix in modules:
                return title
    return OTHER


def _intro(title: str) -> str:
    documented = [module for module in PAGES[title] if module.startswith(("language.", "library."))]
    docs = (inspect.getdoc(importlib.import_module(f"dovetail.{module}")) for module in documented)
    return "\n\n".join(escaped(doc) for doc in docs if doc)


def _page(folder: Path, title: str, intro: str, entries: dict[str, Any]) -> dict[str, str]:
    slug = slug_of(title)
    page = examples.read(slug)
    parts = [f"# {title}", intro, _facts(page.facts)]
    parts += [entry_text(name, value, page.examples.get(name)) for name, value in entries.items()]
    (folder / f"{slug}.md").write_text("\n\n".join(part for part in parts if part) + "\n")
    return {title: f"reference/{slug}.md"}


def slug_of(title: str) -> str:
    """The name of a page's file."""
    return re.sub(r"\W+", "_", title.lower())


def _facts(facts: dict[str, str]) -> str:
    """What holds for every entry of a page, unless the entry says otherwise."""
    return "\n".join(f"- **{heading}.** {text}" for heading, text in facts.items())


def _example(example: examples.Example | None) -> str:
    if example is None:
        return ""
    shown = f"\n\n```text\n{example.shown.rstrip()}\n```" if example.shown else ""
    return f'<p class="reference-example">Example</p>\n\n```python\n{example.code}```{shown}'


def entry_text(name: str, value: Any, example: examples.Example | None) -> str:
    """The entry of a name: signature, docstring, picture, example, methods, place."""
    parts = [f"## {name} {{#{anchor(name)}}}"]
    short = name.rpartition(".")[2]
    if not callable(value):
        return "\n\n".join([*parts, f"`{value!r}`", _example(example)])
    parts.append(f"```python\n{signature(name, value)}\n```")
    if short != getattr(value, "__name__", short):
        parts.append(f"A second name of `dt.{value.__name__}`.")
    parts.append(escaped(inspect.getdoc(value) or ""))
    parts.append(pictures.of_entry(short, value))
    parts.append(_example(example))
    parts.extend(_methods(value))
    if place := _source(value):
        parts.append(f'<p class="reference-source">{place}</p>')
    return "\n\n".join(part for part in parts if part)


def anchor(name: str) -> str:
    """Where the entry of a name begins."""
    return name.replace(".", "-")


def signature(name: str, value: Any) -> str:
    """The call, on several lines if it is long."""
    try:
        found = inspect.signature(value)
    except (TypeError, ValueError):
        return name
    parameters = [
        one.replace(annotation=_plain(one.annotation), default=_plain(one.default, repr))
        for one in found.parameters.values()
    ]
    text = str(
        found.replace(parameters=parameters, return_annotation=_plain(found.return_annotation))
    )
    text = re.sub(r" -> (None|Any|Tracer)$", "", text)
    if len(name + text) <= 88:
        return name + text
    return name + "(\n    " + ",\n    ".join(_arguments(text)) + ",\n)"


class _Plain:
    """An annotation or default that a signature shows without quotes or addresses."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _plain(value: Any, text: Callable[[Any], str] = str) -> Any:
    if value is inspect.Signature.empty:
        return value
    return _Plain(ADDRESS.sub(lambda match: match[1] or "...", text(value)))


def _arguments(text: str) -> Iterator[str]:
    """The arguments of a signature, which are separated by commas outside of brackets."""
    depth, begin, quoted = 0, 1, False
    for place, letter in enumerate(text):
        quoted ^= letter == "'"
        if quoted:
            continue
        depth += (letter in "([{") - (letter in ")]}")
        if (depth == 1 and letter == ",") or (depth == 0 and letter == ")"):
            yield text[begin:place].strip()
            begin = place + 1
        if depth == 0:
            return


def _methods(value: Any) -> Iterator[str]:
    for name in METHODS.get(value, ()):
        method = inspect.getattr_static(value, name)
        function = method.__func__ if isinstance(method, classmethod) else getattr(value, name)
        doc = escaped(inspect.getdoc(function) or "")
        call = signature(f".{name}", function).replace("(self, ", "(").replace("(self)", "()")
        call = call.replace("    self,\n", "")
        yield f"### {value.__name__}.{name} {{#{value.__name__}-{name}}}"
        yield f"```python\n{call}\n```"
        yield doc


def _source(value: Any) -> str:
    function: Callable[..., Any] = inspect.unwrap(getattr(value, "definition", value))
    try:
        file = Path(inspect.getsourcefile(function) or "")
        line = inspect.getsourcelines(function)[1]
    except (TypeError, OSError):
        return ""
    return f"{file.relative_to(ROOT).as_posix()}, line {line}" if file.is_relative_to(ROOT) else ""


def escaped(doc: str) -> str:
    """A docstring as Markdown: signs of maths are no markup outside of code and indented lines."""
    blocks = []
    for block in doc.split("\n\n"):
        if all(line.startswith("    ") for line in block.splitlines()):
            blocks.append("```text\n" + textwrap.dedent(block) + "\n```")
        else:
            parts = (
                part if part.startswith("`") else _no_markup(part) for part in CODE.split(block)
            )
            blocks.append("".join(parts))
    return "\n\n".join(blocks)


def _no_markup(text: str) -> str:
    text = re.sub(r"([\\*_\[\]|#])", r"\\\1", text.replace("&", "&amp;"))
    return text.replace("<", "&lt;").replace(">", "&gt;")
