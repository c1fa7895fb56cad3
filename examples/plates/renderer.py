"""Licence plates that nobody has: drawn by Pillow with the DejaVu fonts that come with Matplotlib.

A plate is a text, the way its state prints it, and what happens to it on the road and in a camera:
dirt, screws, stickers, shadows, a slanted view, blur and noise.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Array = npt.NDArray[Any]

ROWS, COLUMNS = 48, 96
FINE = 2  # how many times larger plates are drawn
FONTS = Path(get_data_path()) / "fonts" / "ttf"

# Letters and digits of serial plates by their frequency; I, O and Q are rare, as on real ones.
DIGITS = "0123456789"
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ" * 6 + "QQIO"
CONSONANTS, VOWELS = "BCDFGHJKLMNPRSTVWXZ", "AEIOUY"
# Patterns of American plates, L a letter and D a digit, a space where a mark may stand.
PATTERNS = (
    ["LLL DDD"] * 20 + ["DDD LLL"] * 16 + ["LLL DDDD"] * 12 + ["DLLLDDD"] * 8 + ["LL DDDD"] * 8
    + ["DDDDDD"] * 10 + ["LDDDDD", "L DDDDD"] * 3 + ["DD LDDDL", "DLDDDDL"] * 2 + ["DDDDD"] * 4
    + ["DDD LLD", "LLD DDD", "LDD LLL", "DDLL DD", "DLL DDD", "LDDDDDD", "DDDD", "LLLL"] * 2
    + ["LDDDD"] * 2
)  # fmt: skip
NAMES = [
    "ALASKA", "Arizona", "Arkansas", "California", "COLORADO", "Connecticut", "DELAWARE",
    "FLORIDA", "GEORGIA", "Hawaii", "IDAHO", "Illinois", "INDIANA", "IOWA", "KANSAS", "Kentucky",
    "Louisiana", "MAINE", "MARYLAND", "Michigan", "Minnesota", "Montana", "NEVADA", "Ohio",
    "OKLAHOMA", "OREGON", "Texas", "UTAH", "VERMONT", "VIRGINIA", "WASHINGTON", "Wisconsin",
    "WYOMING",
]  # fmt: skip
SLOGANS = [
    "Natural State", "Sunshine", "Land of Lincoln", "GARDEN STATE", "LIVE FREE OR DIE",
    "First in Flight", "Famous Potatoes", "Grand Canyon State", "THE FIRST STATE",
    "10,000 lakes", "Vacationland", "Evergreen State",
]  # fmt: skip


def texts(count: int, rng: np.random.Generator) -> list[str]:
    """Texts as American plates have them: serial ones, and one in eight that somebody chose."""
    return [
        _word(rng) if rng.random() < 0.125 else serial(PATTERNS[rng.integers(len(PATTERNS))], rng)
        for _ in range(count)
    ]


def serial(pattern: str, rng: np.random.Generator) -> str:
    """A text with a letter for each L of the pattern and a digit for each D."""
    sets = {"L": LETTERS, "D": DIGITS}
    return "".join(
        sets[each][rng.integers(len(sets[each]))] if each in sets else each for each in pattern
    )


def _word(rng: np.random.Generator) -> str:
    sets = (CONSONANTS, VOWELS)
    start = int(rng.integers(2))
    letters = [sets[(start + n + (rng.random() < 0.2)) % 2] for n in range(int(rng.integers(3, 8)))]
    word = "".join(each[rng.integers(len(each))] for each in letters)
    return word + DIGITS[rng.integers(10)] if len(word) < 7 and rng.random() < 0.3 else word


@functools.cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"{name}.ttf"), size)


@functools.lru_cache(maxsize=4096)
def _glyph(name: str, character: str, stroke: int) -> Image.Image:
    """A character as large as it is, white on black."""
    font = _font(name, 72)
    box = font.getbbox(character, stroke_width=stroke)
    image = Image.new("L", (int(box[2] - box[0]), int(box[3] - box[1])))
    draw = ImageDraw.Draw(image)
    draw.text((-box[0], -box[1]), character, 255, font=font, stroke_width=stroke)
    return image


def _smooth(rng: np.random.Generator, cells: tuple[int, int], size: tuple[int, int]) -> Array:
    """Clouds of numbers between about -1 and 1."""
    coarse = rng.uniform(-1, 1, cells).astype(np.float32)
    image = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(image)


def _text_mask(text: str, rng: np.random.Generator, width: int, height: int) -> Image.Image:
    """The characters of a plate, white on black."""
    mask = Image.new("L", (width, height))
    name = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Bold", "DejaVuSansMono-Bold")[
        rng.integers(4)
    ]
    stroke = int(rng.integers(0, 4))
    # The mark between two groups, or nothing; its room is between 0.2 and 1 character.
    mark = ("", "", "-", "\N{BULLET}", "icon")[rng.integers(5)]
    room = rng.uniform(0.2, 0.5) if mark != "icon" else rng.uniform(0.6, 1.1)
    units = sum(room if each == " " else 1.0 for each in text)
    across = width * rng.uniform(0.82, 0.98)
    step = min(across / units, width * rng.uniform(0.14, 0.2))
    tall = int(height * rng.uniform(0.42, 0.62))
    left = (width - step * units) / 2 + rng.uniform(-0.02, 0.02) * width
    top = int(height * rng.uniform(0.2, 0.34))
    narrow = step * rng.uniform(0.72, 0.92) / _glyph(name, "H", stroke).width
    for each in text:
        if each == " ":
            _mark(mask, mark, rng, (left, top), (step * room, tall))
            left += step * room
            continue
        # The zero of the monospaced font has a dot.
        glyph = _glyph("DejaVuSans-Bold" if each == "0" else name, each, stroke)
        wide = max(3, int(min(glyph.width * narrow, step * 0.96)))
        mask.paste(
            255, (int(left + (step - wide) / 2), top),
            glyph.resize((wide, tall), Image.Resampling.BILINEAR),
        )  # fmt: skip
        left += step
    return mask


def _mark(
    mask: Image.Image, mark: str, rng: np.random.Generator, corner: tuple[float, float],
    size: tuple[float, float],
) -> None:  # fmt: skip
    draw = ImageDraw.Draw(mask)
    x, y = corner[0] + size[0] / 2, corner[1] + size[1] * rng.uniform(0.4, 0.6)
    half = size[0] / 2 * 0.8
    if mark == "-":
        draw.rectangle((x - half, y - 2, x + half, y + 2), 255)
    elif mark == "\N{BULLET}":
        r = rng.uniform(2.0, 4.5)
        draw.ellipse((x - r, y - r, x + r, y + r), 255)
    elif mark == "icon":  # a shape like that of a state, a flag or a bird
        corners = rng.uniform(-1, 1, (int(rng.integers(5, 9)), 2)) * (half, size[1] * 0.4)
        draw.polygon([(x + a, y + b) for a, b in corners], int(rng.integers(60, 200)))


def _small_print(image: Image.Image, rng: np.random.Generator, ink: int) -> None:
    """The name of the state, a slogan, stickers and screws."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    fonts = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-BoldItalic")
    for words, chance, place in ((NAMES, 0.85, "top"), (SLOGANS, 0.6, "bottom")):
        if rng.random() > chance:
            continue
        size = int(rng.integers(10, 20) if place == "top" else rng.integers(8, 13))
        font = _font(fonts[rng.integers(len(fonts))], size)
        at = rng.uniform(-3, 4) if place == "top" else height - size - rng.uniform(-1, 6)
        x = width * (0.5 if rng.random() < 0.7 else rng.uniform(0.3, 0.7))
        shade = int(np.clip(ink + rng.integers(-20, 90), 0, 255))
        draw.text((x, at), str(rng.choice(words)), shade, font=font, anchor="ma")
    for left in (True, False):
        if rng.random() < 0.3:
            a, b = rng.uniform(14, 26), rng.uniform(9, 17)
            x = rng.uniform(0, 8) if left else width - a - rng.uniform(0, 8)
            y = rng.uniform(0, 5) if rng.random() < 0.8 else height - b - rng.uniform(0, 5)
            draw.rectangle((x, y, x + a, y + b), int(rng.integers(30, 255)))
            figures = f"{rng.integers(100):02}"
            font = _font("DejaVuSans-Bold", max(7, int(b) - 3))
            draw.text((x + a / 2, y), figures, int(rng.integers(0, 255)), font=font, anchor="ma")
        for y in (6.0, height - 8.0):
            if rng.random() < 0.3:
                x = width * (0.2 if left else 0.8) + rng.uniform(-8, 8)
                r = rng.uniform(2, 4)
                draw.ellipse((x - r, y - r, x + r, y + r), int(rng.integers(0, 120)))


def _slanted(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Seen from a little aside: four corners that move."""
    width, height = image.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    moved = corners + rng.uniform(-1, 1, (4, 2)) * (0.03 * width, 0.07 * height)
    moved += rng.uniform(-1, 1, 2) * (0.02 * width, 0.05 * height)
    rows = []
    for (x, y), (u, v) in zip(corners, moved, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    numbers = np.linalg.solve(np.array(rows), moved.ravel())
    return image.transform(
        image.size, Image.Transform.PERSPECTIVE, numbers.tolist(), Image.Resampling.BILINEAR,
        fillcolor=int(rng.integers(0, 200)),
    )  # fmt: skip


def plate(text: str, rng: np.random.Generator) -> Array:
    """One plate, (48, 96) of uint8."""
    width, height = COLUMNS * FINE, ROWS * FINE
    dark = rng.random() < 0.12
    paper, ink = (rng.uniform(10, 90), rng.uniform(150, 255)) if dark else (
        rng.uniform(130, 255), rng.uniform(0, 95))  # fmt: skip
    if abs(paper - ink) < 60:
        ink = 0.0
    ground = paper + rng.uniform(0, 30) * np.linspace(-1, 1, height)[:, None]
    ground = ground + rng.uniform(0, 35) * _smooth(rng, (4, 5), (width, height))
    if rng.random() < 0.25:  # hills, or the sea
        crest = height * rng.uniform(0.3, 0.8) + 12 * _smooth(rng, (1, 7), (width, 1))[0]
        ground += np.where(np.arange(height)[:, None] > crest, rng.uniform(-50, 50), 0.0)
    image = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))
    _small_print(image, rng, int(ink))
    mask = _text_mask(text, rng, width, height)
    if rng.random() < 0.4:  # embossed: a light edge below
        image.paste(int(min(255, paper + 40)), (1, 2), mask)
    image.paste(int(ink), (0, 0), mask)
    image = _slanted(image, rng)
    if rng.random() < 0.5:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
    small = np.asarray(image.resize((COLUMNS, ROWS), Image.Resampling.BOX), np.float32)
    small = small + rng.uniform(0, 45) * _smooth(rng, (2, 3), (COLUMNS, ROWS))
    small = small + rng.normal(0.0, rng.uniform(0, 8), small.shape)
    small = (small - 128) * rng.uniform(0.5, 1.2) + 128 + rng.uniform(-30, 30)
    return np.clip(small, 0, 255).astype(np.uint8)


def plates(count: int, seed: int, pattern: str | None = None) -> tuple[Array, list[str]]:
    """Plates (count, 48, 96) of uint8 and their texts without spaces; of one pattern, or of any."""
    rng = np.random.default_rng(seed)
    written = texts(count, rng) if pattern is None else [serial(pattern, rng) for _ in range(count)]
    return np.stack([plate(text, rng) for text in written]), [t.replace(" ", "") for t in written]
