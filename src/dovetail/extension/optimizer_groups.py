"""Groups of parameters with other hyperparameters, by path or predicate.

    dt.AdamW(1e-3).with_groups({"*bias": {"weight_decay": 0.0}, "embedding.*": None})

A path joins the keys of a tree of parameters by dots, and a pattern is one of the shell
(`fnmatch`). The first group that fits a parameter counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from dovetail.errors import ArgumentError, UnsupportedError
from dovetail.extension.fields import Field, as_field, require_number
from dovetail.language.argument_names import unknown_argument
from dovetail.language.tree import Tree, flatten

Where = str | Callable[[str, Any], bool]
Groups = tuple[tuple[Where, Mapping[str, Any] | None], ...]


@dataclass(frozen=True)
class Variant:
    """An optimizer with the hyperparameters of a group; `renamed`: their names among all."""

    optimizer: Any
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])

    def own_hyper(self, hyper: Mapping[str, Any]) -> dict[str, Any]:
        """Its part of `Optimizer.hyper`, under the names of the fields."""
        found = {name: value for name, value in hyper.items() if "." not in name}
        return found | {name: hyper[among] for name, among in self.renamed.items()}


def checked_groups(
    name: str, fields: Mapping[str, Field], groups: Mapping[Where, Any], location: str | None
) -> Groups:
    """The groups as they are kept; raises where one is not a pattern or has no such field."""
    found: list[tuple[Where, Mapping[str, Any] | None]] = []
    for where, changes in groups.items():
        if not isinstance(where, str) and not callable(where):
            expected = "a pattern such as '*bias', or a function of (path, parameter)"
            raise ArgumentError(f"{name}.with_groups", "a group", where, expected, "", location)
        given: Any = changes
        if given is None:
            found.append((where, None))
            continue
        if not isinstance(given, Mapping):
            expected = "a dict of hyperparameters, or None to leave the parameters as they are"
            raise ArgumentError(
                f"{name}.with_groups", f"group {where!r}", given, expected, "", location
            )
        values: dict[str, Any] = dict(changes)
        for changed in values:
            if changed not in fields:
                raise unknown_argument(f"{name}.with_groups", changed, sorted(fields), location)
            require_number(f"{name}.with_groups", fields[changed], values[changed], location)
        kept = {each: as_field(fields[each], value) for each, value in values.items()}
        found.append((where, kept))
    return tuple(found)


def paths_of(structure: Tree, before: str = "") -> Iterator[str]:
    """The path of each leaf: keys joined by dots."""
    if structure.kind is None:
        yield before
    for key, child in zip(structure.keys, structure.children, strict=True):
        yield from paths_of(child, f"{before}.{key}" if before else str(key))


def refuse_groups(optimizer: Any, framework: str, instead: str) -> None:
    """Raises for a framework's form of an optimizer with groups; it has its own."""
    if optimizer.groups:
        raise UnsupportedError(
            f"{optimizer.name} was given groups, and {framework} has its own",
            "an optimizer without groups",
            instead,
            optimizer.location,
        )


def group_variants(optimizer: Any, groups: Groups) -> list[Variant | None]:
    """The optimizer of each group; None for one that is left as it is."""
    made: list[Variant | None] = []
    for number, (_, changes) in enumerate(groups):
        if changes is None:
            made.append(None)
            continue
        own: Any = optimizer.like()
        own.__dict__.update(changes, groups=())
        passed = own.hyper(1)
        names = {name: f"{number}.{name}" for name in changes if name in passed}
        made.append(Variant(own, names))
    return made


def variants_of(optimizer: Any, groups: Groups, params: Any) -> list[Variant | None]:
    """For each leaf of the parameters the optimizer of its group; None where it has none."""
    leaves, structure = flatten(params)
    plain = Variant(optimizer)
    if not groups:
        return [plain for _ in leaves]
    made = group_variants(optimizer, groups)
    found: list[Variant | None] = []
    for path, (_, leaf) in zip(paths_of(structure), leaves, strict=True):
        chosen = (made[n] for n, (where, _) in enumerate(groups) if _fits(where, path, leaf))
        found.append(next(chosen, plain))
    return found


def _fits(where: Where, path: str, leaf: Any) -> bool:
    return fnmatchcase(path, where) if isinstance(where, str) else bool(where(path, leaf))
