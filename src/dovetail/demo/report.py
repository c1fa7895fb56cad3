"""The output of the demo in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from dovetail.demo.digits import drawn, drawn_plainly
from dovetail.demo.gradients import WorstError
from dovetail.graph.node import Array
from dovetail.printing import table_of

BARS = " ▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float]) -> str:
    """A bar chart with one character per value."""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return "".join(BARS[1 + round((value - low) / span * (len(BARS) - 2))] for value in values)


class Report:
    """Prints the parts of the demo."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def title(self, text: str) -> None:
        """A heading."""
        self.console.print()
        self.console.print(Rule(text, align="left", style="dim"))

    def source(self, file: Path) -> None:
        """The source of the pieces."""
        self.title(f"1. Three pieces that no framework has  ({file.name})")
        code = file.read_text()
        if self.console.is_terminal:
            self.console.print(Syntax(code, "python", background_color="default"))
        else:
            self.console.print(code, highlight=False, markup=False, soft_wrap=True)

    def gradients(self, rows: Sequence[WorstError]) -> None:
        """The check of the gradients."""
        self.title("2. Their gradients, against finite differences of the float64 reference")
        words, numbers = ("piece", "with respect to"), ("elements", "worst error")
        table = table_of(None, words, numbers, box=None, pad_edge=False)
        for row in rows:
            table.add_row(row.piece, row.argument, str(row.elements), f"{row.error:.1e}")
        self.console.print(table)

    def epochs_begin(self, model: Any, examples: int, validation: int) -> None:
        """The model and the data."""
        self.title("3. Trained with them on real handwritten digits")
        self.console.print(
            f"{model}\n{examples} digits for training, {validation} for validation; "
            "each epoch shifts every digit by up to one pixel",
            highlight=False,
            markup=False,
        )
        self.console.print("epoch    loss  accuracy  validation", highlight=False)

    def epoch(self, epoch: int, loss: float, accuracy: float, validation: float) -> None:
        """One row of the learning curve, with a bar from 80 to 100 percent."""
        bar = "█" * round(max(0.0, validation - 0.8) * 150)
        self.console.print(
            f"{epoch + 1:5d}  {loss:6.4f}    {accuracy:6.2%}      {validation:6.2%}  {bar}",
            highlight=False,
        )

    def curve(self, losses: Sequence[float], validation: Sequence[float]) -> None:
        """The whole curve in one line each."""
        self.console.print(f"loss       {sparkline(losses)}\nvalidation {sparkline(validation)}")

    def predictions(self, images: Array, labels: Array, scores: Array) -> None:
        """Some held-out digits with their predictions, right and wrong."""
        self.title("4. Held-out digits: some right, some wrong predictions")
        captions: list[Text] = []
        for label, row in zip(labels, scores, strict=True):
            guess = int(row.argmax())
            chance = float(np.exp(row - row.max()).max() / np.exp(row - row.max()).sum())
            right = guess == int(label)
            text = f"{guess} ({chance:.0%})" + ("" if right else f", is {label}")
            captions.append(Text(text, style="green" if right else "bold red"))
        coloured = self.console.is_terminal and self.console.color_system is not None
        draw = drawn if coloured else drawn_plainly
        each = max(1, min(len(images), self.console.width // 22))
        for start in range(0, len(images), each):
            part = slice(start, start + each)
            self.console.print(draw(images[part], captions[part]), soft_wrap=True)

    def result(self, figures: Any) -> None:
        """The closing figures."""
        self.title("5. Result")
        wrong = round((1.0 - figures.test_accuracy) * figures.test_digits)
        self.console.print(
            f"[bold]{figures.test_accuracy:.2%}[/bold] of {figures.test_digits} held-out digits "
            f"classified correctly, {wrong} wrong\n"
            f"{figures.epochs} epochs in {figures.seconds:.1f} s, the first in "
            f"{figures.first_epoch_seconds:.1f} s with compilation\n"
            f"{figures.steps_per_second:,.0f} steps and {figures.samples_per_second:,.0f} digits "
            f"per second\n"
            f"worst gradient error {figures.worst_gradient_error:.1e}",
            highlight=False,
        )
