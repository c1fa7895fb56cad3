"""Where a translation looks in its source, and the curve of the losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common.pictures import figure, write

from translation.model import LONGEST
from translation.text import PAD, START, Subwords


def attention(
    model: Any, source: Subwords, target: Subwords, sentence: str, translation: str, folder: Path
) -> list[Path]:
    """A picture of the weights of the last block: a row for each subword of the translation.

    Chinese characters need a font that has them; without one the columns have numbers.
    """
    words, tokens = source.encode(sentence)[:LONGEST], target.encode(translation)[:LONGEST]
    shifted = np.array([START, *tokens[:-1]])
    padded = np.append(words, PAD)  # three rows: a batch of one would be saved as another graph
    rows = [np.tile(each, (3, 1)) for each in (padded, shifted)]
    weights = np.asarray(model(*rows, weights=True))[0, :, : len(words)]
    drawn, axes = figure(size=(1.5 + 0.45 * len(words), 1.2 + 0.3 * len(tokens)))
    axes.imshow(weights, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    axes.set_yticks(range(len(tokens)), target.pieces(tokens))
    font = _font()
    named = source.pieces(words) if font else list(map(str, range(1, len(words) + 1)))
    axes.set_xticks(range(len(words)), named, **({"fontfamily": font} if font else {}))
    axes.spines[:].set_visible(False)
    axes.set_xlabel("subwords of the source")
    return write(drawn, folder, "attention")


def _font() -> str | None:
    """A font with Chinese characters, if there is one."""
    from matplotlib import font_manager  # noqa: PLC0415

    known = {each.name for each in font_manager.fontManager.ttflist}
    wanted = "CJK", "WenQuanYi", "SimHei", "PingFang", "YaHei", "AR PL", "Droid Sans Fallback"
    return next((name for name in sorted(known) if any(part in name for part in wanted)), None)


def curve(history: Mapping[str, Sequence[float]], folder: Path) -> list[Path]:
    """The loss of each epoch, in training and on the validation part."""
    drawn, axes = figure()
    for name, label in (("loss", "training, with dropout"), ("val_loss", "validation")):
        values = history[name]
        axes.plot(range(1, len(values) + 1), values, marker="o", label=label)
    axes.set_xlabel("epoch")
    axes.set_ylabel("smoothed cross-entropy of a subword")
    axes.legend(frameon=False)
    return write(drawn, folder, "curve")
