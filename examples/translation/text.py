"""Text to numbers and back: byte-pair encoding, learned from the training sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

PAD, START, END, UNKNOWN = range(4)
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>"]


class Subwords:
    """The subwords of one language (Sennrich et al. 2016, arXiv:1508.07909)."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def learned(cls, sentences: Iterable[str], size: int, *, spaces: bool, often: int) -> Subwords:
        """At most `size` subwords that occur `often` times. `spaces`: words are separated."""
        tokenizer: Any = Tokenizer(models.BPE(unk_token=SPECIAL[UNKNOWN]))
        tokenizer.normalizer = normalizers.NFKC() if not spaces else normalizers.NFC()
        words = pre_tokenizers.Metaspace() if spaces else pre_tokenizers.WhitespaceSplit()
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, pre_tokenizers.Punctuation()])
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.BpeTrainer(
            vocab_size=size, special_tokens=SPECIAL, min_frequency=often, show_progress=False,
            limit_alphabet=size - len(SPECIAL),
        )  # fmt: skip
        tokenizer.train_from_iterator(sentences, trainer)
        return cls(tokenizer)

    @property
    def size(self) -> int:
        """How many subwords there are, the special ones included."""
        return self._tokenizer.get_vocab_size()

    def encode(self, sentence: str) -> np.ndarray:
        """The numbers of the subwords, and the end."""
        return np.array([*self._tokenizer.encode(sentence).ids, END])

    def decode(self, numbers: Sequence[int]) -> str:
        """The sentence up to its end."""
        ids = list(map(int, numbers))
        ids = ids[: ids.index(END)] if END in ids else ids
        return self._tokenizer.decode(ids).strip()

    def pieces(self, numbers: Sequence[int]) -> list[str]:
        """The subwords by their text, for pictures."""
        return [self._tokenizer.id_to_token(int(n)).replace("▁", " ") for n in numbers]

    def save(self, path: Path) -> None:
        """Write a JSON file."""
        self._tokenizer.save(str(path))

    @classmethod
    def load(cls, path: Path) -> Subwords:
        """Read what `save` has written."""
        return cls(Tokenizer.from_file(str(path)))
