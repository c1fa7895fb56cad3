"""The figures of a contestant, and their spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

# How far a time may be off by chance, where it is measured once, and at the least.
ONE_SHOT_NOISE = 0.30
LEAST_NOISE = 0.15
MEMORY_NOISE = 0.10

ONCE = ("import", "first step", "new shape", "to target")  # times that are measured once
SECONDS, BYTES = "s", "bytes"


@dataclass(frozen=True)
class Quantity:
    """What is measured: its unit, and how it is said in a reason."""

    unit: str
    words: str


QUANTITIES: Mapping[str, Quantity] = {
    "step p50": Quantity(SECONDS, "a warm step"),
    "step p95": Quantity(SECONDS, "the slowest of twenty warm steps"),
    "first step": Quantity(SECONDS, "build and first step"),
    "new shape": Quantity(SECONDS, "the first step with another batch size"),
    "to target": Quantity(SECONDS, "training to the target"),
    "one p50": Quantity(SECONDS, "inference of one example"),
    "one p99": Quantity(SECONDS, "the slowest of a hundred inferences of one example"),
    "bulk p50": Quantity(SECONDS, "inference of many examples"),
    "bulk p99": Quantity(SECONDS, "the slowest of a hundred inferences of many examples"),
    "import": Quantity(SECONDS, "the import"),
    "peak memory": Quantity(BYTES, "the memory of the process at its peak"),
    "install size": Quantity(BYTES, "the size of the installation"),
}


@dataclass
class Figures:
    """Of one contestant. `noise`: how far each may be off by chance, as a share."""

    framework: str
    mode: str
    values: dict[str, float] = field(default_factory=dict[str, float])
    noise: dict[str, float] = field(default_factory=dict[str, float])
    exports: dict[str, str] = field(default_factory=dict[str, str])
    error: float | None = None  # of outputs and gradients
    refused: str = ""  # why it does not count
    notes: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.framework}, {self.mode}"

    def once(self, name: str, value: float) -> None:
        """A figure that was measured once."""
        memory = QUANTITIES[name].unit == BYTES
        self.values[name], self.noise[name] = value, MEMORY_NOISE if memory else ONE_SHOT_NOISE

    def rounds(self, names: Mapping[str, float], seconds: Sequence[Sequence[float]]) -> None:
        """Percentiles by name, of the times of several rounds.

        The noise is the ratio of the quartiles over the rounds, since scores are ratios.
        """
        every = np.concatenate([np.asarray(each) for each in seconds])
        for name, percentile in names.items():
            own = [float(np.percentile(np.asarray(each), percentile)) for each in seconds]
            low, middle, high = np.quantile(own, [0.25, 0.5, 0.75])
            whole = percentile == 50
            self.values[name] = float(middle if whole else np.percentile(every, percentile))
            self.noise[name] = max(LEAST_NOISE, float(high / low) - 1.0)

    def contended(self, spread: float) -> None:
        """Give figures measured once this noise at least: how much the machine varied."""
        for name in ONCE:
            if name in self.noise:
                self.noise[name] = max(self.noise[name], spread)
