"""Programs from a seed: steps and motifs over inputs that suit them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.fuzz import array_operations, compositions, elementwise_operations  # noqa: F401 - fills the table
from tests.fuzz.backends import NumPy
from tests.fuzz.programs import DTYPES, FLOATS, LAYOUTS, Input, Program, Step, trimmed
from tests.fuzz.reference import Evaluation, input_lanes
from tests.fuzz.tables import MOTIFS, TABLE

SIZES = (0, 1, 1, 2, 2, 3, 3, 5, 7, 7, 8, 16, 31, 33, 40, 64, 65, 300)
MOST_ELEMENTS = 12_000
# Programs that differ in their sizes and numbers only; kernels are compiled once for them.
TWINS = 4


class Draft:
    """A program under construction, with its values at hand.

    `structure` decides what is computed and is the same for twins; `numbers` decides the
    sizes' values, layouts and elements.
    """

    def __init__(self, seed: int, most_steps: int = 12) -> None:
        self.structure = random.Random(f"structure {seed // TWINS}")
        self.numbers = random.Random(f"numbers {seed}")
        self.generator = np.random.default_rng(seed)
        self.most_steps = most_steps
        self.wild = self.structure.random() < 0.12
        self.tied = self.structure.random() < 0.12
        self.dtype = self.structure.choices(
            ("float32", "float64", "float16", "bfloat16"), (55, 33, 7, 5)
        )[0]
        n, m = self.structure.choice(SIZES), self.structure.choice(SIZES)
        m = n if self.structure.random() < 0.6 else m
        if n * m > MOST_ELEMENTS:
            m = min(m, 40)
        self.sizes = (n, m)
        self.inputs: list[Input] = []
        self.evaluation = Evaluation(NumPy())
        self.lanes: list[list[Any]] = []
        self.dtypes: list[str] = []
        self.steps: list[Step] = []

    # Inputs.

    def shape(self) -> tuple[int, ...]:
        """A shape over the sizes of this program."""
        n, m = self.sizes
        kinds = [(n, m)] * 6 + [(m,), (n,), (n, 1), (1, m), (), (2, n, m), (n, 2, m), (m, n)]
        shape = self.structure.choice(kinds)
        return shape if np.prod(shape) <= MOST_ELEMENTS else (n,)

    def _elements(self, shape: tuple[int, ...], dtype: str) -> Any:
        draw = self.generator
        kind = self.structure.choices(("normal", "positive", "ties", "eighths"), (60, 20, 8, 12))[0]
        if self.tied:
            kind = "ties"
        if kind == "ties":
            values = draw.integers(-3, 4, shape).astype(np.float64)
        elif kind == "eighths":
            values = np.round(draw.normal(size=shape) * 8) / 8
        elif kind == "positive":
            values = draw.uniform(0.1, 2.0, shape)
        else:
            values = draw.normal(size=shape)
        if self.wild:
            values = self._wild(np.asarray(values), dtype)
        return values

    def _wild(self, values: Any, dtype: str) -> Any:
        """Far away, or with special numbers among the others."""
        kind = self.numbers.choice(("scaled", "each", "special", "special", "small", "plain"))
        limit = {"float16": 3, "bfloat16": 33, "float32": 33, "float64": 290}[dtype]
        if kind == "scaled":
            return values * 10.0 ** self.numbers.uniform(-limit, limit)
        if kind == "each":
            return values * 10.0 ** self.generator.uniform(-limit, limit, values.shape)
        if kind == "small":
            return values * 10.0 ** self.generator.uniform(-8, 0, values.shape)
        if kind == "special" and values.size:
            flat = values.reshape(-1)
            for _ in range(self.numbers.randint(1, 3)):
                flat[self.numbers.randrange(flat.size)] = self.numbers.choice(
                    (np.inf, -np.inf, np.nan, 0.0, -0.0)
                )
            return flat.reshape(values.shape)
        return values

    def input(self, shape: tuple[int, ...] | None = None, dtype: str | None = None) -> int:
        """A new floating input."""
        shape = self.shape() if shape is None else shape
        dtype = dtype or self.dtype
        if dtype in FLOATS and self.structure.random() < 0.05:
            dtype = self.structure.choice(("float32", "float64"))
        array = np.asarray(self._elements(shape, dtype)).astype(DTYPES[dtype])
        layout = "plain"
        if self.numbers.random() < 0.3 and array.ndim and array.size:
            layout = self.numbers.choice(tuple(LAYOUTS))
        return self._take(Input(array, layout))

    def positions(self, shape: tuple[int, ...], extent: int) -> int | None:
        """A new input of indices into an axis."""
        if not extent:
            return None
        dtype = self.structure.choice((np.int32, np.int64))
        lowest = 0 if self.structure.random() < 0.7 else -extent
        return self._take(Input(self.generator.integers(lowest, extent, shape).astype(dtype)))

    def whole(self, shape: tuple[int, ...]) -> int:
        """A new input of integers."""
        dtype = self.structure.choice((np.int32, np.int64))
        return self._take(Input(np.asarray(self.generator.integers(-9, 10, shape)).astype(dtype)))

    def _take(self, item: Input) -> int:
        """Inputs come before steps: numbers of steps move up by one."""
        place = len(self.inputs)
        self.inputs.append(item)
        self.lanes.insert(place, input_lanes(item))
        self.dtypes.insert(place, item.dtype)
        return place

    # Steps. Numbers that motifs hold are tokens: (is input, place), which do not move.

    def add(self, name: str, *operands: Any, **attributes: Any) -> Any:
        """Add a step unless it cannot be computed here, or leaves the range; its token."""
        if any(token is None for token in operands):
            return None
        row = TABLE[name]
        numbers = [self.number(token) for token in operands]
        dtypes = [self.dtypes[n] for n in numbers]
        lanes = [self.lanes[n] for n in numbers]
        values = [np.asarray(one[0]) for one in lanes]
        try:
            with np.errstate(all="ignore"):
                given = zip(lanes, dtypes, strict=True)
                found = self.evaluation.applied(name, *given, **attributes)
        except (ValueError, IndexError, TypeError, ZeroDivisionError):
            return None
        lanes, dtype = found
        value = np.asarray(lanes[0])
        if (
            value.size > MOST_ELEMENTS
            or value.ndim > 4
            or not self._sane(row, value, values, dtype)
        ):
            return None
        tokens = tuple(self.number(token) for token in operands)
        self.steps.append(Step(name, tokens, tuple(attributes.items())))
        self.lanes.append(lanes)
        self.dtypes.append(dtype)
        return ("step", len(self.steps) - 1)

    def _sane(self, row: Any, value: Any, values: Sequence[Any], dtype: str) -> bool:
        first = values[0]
        if row.name in ("prod", "cumulative_prod") and first.size:
            # In another order a partial product may leave the range, and 0 * inf is NaN.
            with np.errstate(all="ignore"):
                if not np.sum(np.log2(np.maximum(np.abs(first), 1.0))) < 100:
                    return False
        if self.wild:
            return True
        if not np.all((first >= row.low) & (first <= row.high)):
            return False
        if dtype not in FLOATS:
            return not value.size or dtype == "bool" or int(np.max(np.abs(value))) < 1 << 24
        limit = 1e3 if dtype == "float16" else 1e6
        return bool(np.all(np.abs(value) < limit)) if value.size else True

    def number(self, token: Any) -> int:
        """The number that a value has now."""
        kind, place = token
        return place if kind == "input" else len(self.inputs) + place

    def value(self, token: Any) -> Any:
        return np.asarray(self.lanes[self.number(token)][0])

    def dtype_of(self, token: Any) -> str:
        return self.dtypes[self.number(token)]

    def tokens(self) -> list[Any]:
        return [("input", n) for n in range(len(self.inputs))] + [
            ("step", n) for n in range(len(self.steps))
        ]

    def floats(self) -> list[Any]:
        return [t for t in self.tokens() if self.dtype_of(t) in FLOATS]

    def pick(self) -> Any:
        """A floating value, rather a late one."""
        found = self.floats()
        place = min(int(self.structure.expovariate(0.45)), len(found) - 1)
        return found[-1 - place]

    def new_input(self, shape: tuple[int, ...] | None = None, dtype: str | None = None) -> Any:
        """A new input's token."""
        place = len(self.inputs)
        self._moved(lambda: self.input(shape, dtype))
        return ("input", place)

    def new_positions(self, shape: tuple[int, ...], extent: int) -> Any:
        if not extent:
            return None
        place = len(self.inputs)
        self._moved(lambda: self.positions(shape, extent))
        return ("input", place)

    def new_whole(self, shape: tuple[int, ...]) -> Any:
        place = len(self.inputs)
        self._moved(lambda: self.whole(shape))
        return ("input", place)

    def _moved(self, make: Any) -> None:
        """Steps refer to values by number: those of steps grow with a new input."""
        first = len(self.inputs)
        make()
        self.steps = [
            Step(s.name, tuple(n + 1 if n >= first else n for n in s.operands), s.attributes)
            for s in self.steps
        ]

    # The whole.

    def program(self) -> Program:
        for _ in range(self.structure.randint(1, 2)):
            self._moved(self.input)
        wanted = self.structure.randint(2, self.most_steps)
        names = sorted(MOTIFS)
        weights = [MOTIFS[name][0] for name in names]
        for _ in range(4 * wanted):
            if len(self.steps) >= wanted:
                break
            name = self.structure.choices(names, weights)[0]
            MOTIFS[name][1](self)
        return trimmed(Program(tuple(self.inputs), tuple(self.steps), self._outputs()))

    def _outputs(self) -> tuple[int, ...]:
        """The last value, and often others that it was made of."""
        count = len(self.inputs) + len(self.steps)
        if not self.steps:
            return (count - 1,)
        outputs = [count - 1]
        for n in range(len(self.inputs), count - 1):
            if self.structure.random() < 0.15 and len(outputs) < 4:
                outputs.append(n)
        if self.structure.random() < 0.7:  # floats only, so that it can be differentiated
            outputs = [n for n in outputs if self.dtypes[n] in FLOATS]
            floats = [n for n in range(len(self.inputs), count) if self.dtypes[n] in FLOATS]
            outputs = outputs or floats[-1:] or [count - 1]
        return tuple(outputs)


def generate(seed: int, most_steps: int = 12) -> Program:
    """The program of a seed."""
    return Draft(seed, most_steps).program()
