"""Digits for the demo: prepared, shifted at random, and drawn in the terminal."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from dovetail.graph.node import Array

WIDE = 20  # columns of a drawn digit, without its frame of background


def flattened(images: Array) -> Array:
    """(n, 28, 28) grey levels to (n, 784) of float32 in 0 to 1."""
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255.0)


def shifted(images: Array, generator: np.random.Generator) -> Array:
    """Each image shifted at random by -1, 0 or 1 pixels along both axes, padded with background."""
    count, height, width = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    down, right = generator.integers(0, 3, (2, count))
    result = np.empty_like(images)
    for y in range(3):
        for x in range(3):
            chosen = (down == y) & (right == x)
            result[chosen] = padded[chosen, y : y + height, x : x + width]
    return result


def drawn(images: Array, captions: list[Text]) -> Text:
    """Images side by side, two pixels per character (half blocks), with captions below."""
    cut = images[:, 4:24, 4:24]
    picture = Text()
    for row in range(0, cut.shape[1], 2):
        for image in cut:
            for upper, lower in zip(image[row], image[row + 1], strict=True):
                picture.append("▀", style=f"{_grey(upper)} on {_grey(lower)}")
            picture.append("  ")
        picture.append("\n")
    for caption in captions:
        picture.append(caption)
        picture.append(" " * (WIDE + 2 - len(caption)))
    return picture


def drawn_plainly(images: Array, captions: list[Text]) -> Text:
    """The same in ASCII characters, for a terminal without colours."""
    shades = " .:-=+*#%@"
    cut = images[:, 4:24:2, 4:24].astype(np.float64)
    picture = Text()
    for row in range(cut.shape[1]):
        for image in cut:
            picture.append("".join(shades[int(level * 9.99 / 255)] for level in image[row]) + "  ")
        picture.append("\n")
    for caption in captions:
        picture.append(caption.plain + " " * (WIDE + 2 - len(caption)))
    return picture


def _grey(level: int) -> str:
    return f"rgb({level},{level},{level})"
