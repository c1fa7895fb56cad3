"""A Transformer from one language to another (Vaswani et al. 2017, arXiv:1706.03762)."""

from __future__ import annotations

from typing import Any

import dovetail as dt

LONGEST = 48  # tokens that a sentence may have


class GatedFeedForward(dt.Layer):
    """(relu(x gate) * (x up)) down. Shazeer 2020, arXiv:2002.05202.

    Our own piece: a unit passes on what another one selects. `gated=False` is the usual network,
    relu(x up) down, with half as many hidden units again, so that both have as many parameters.
    """

    hidden: int
    dropout: float = 0.0
    gated: bool = True
    features: int = dt.from_input(axis=-1)
    gate = dt.Parameter("features", "hidden", init="glorot_uniform", when="gated")
    up = dt.Parameter("features", "units", init="glorot_uniform")
    down = dt.Parameter("units", "features", init="glorot_uniform")
    key = dt.RandomKey()

    @property
    def units(self) -> int:
        """The width of the hidden layer."""
        return self.hidden if self.gated else self.hidden * 3 // 2

    def forward(self, x: Any, *, training: bool = False) -> Any:
        """The output, of the shape of x."""
        y = dt.relu(x @ self.gate) * (x @ self.up) if self.gated else dt.relu(x @ self.up)
        return (dt.dropout(y, self.key, self.dropout) if training else y) @ self.down


class Block(dt.Layer):
    """Attention to itself, in the decoder also to the source, and a feed-forward network.

    Each adds to its input, after a norm: Xiong et al. 2020, arXiv:2002.04745.
    """

    width: int
    heads: int
    hidden: int
    dropout: float
    gated: bool
    decodes: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        size = self.width // self.heads
        self.attention = dt.MultiHeadAttention(self.heads, size)
        self.cross = dt.MultiHeadAttention(self.heads, size) if self.decodes else None
        self.feed = GatedFeedForward(self.hidden, self.dropout, self.gated)
        self.norms = tuple(dt.LayerNorm() for _ in range(3 if self.decodes else 2))
        self.drops = tuple(dt.Dropout(self.dropout) for _ in self.norms)

    def forward(
        self, x: Any, mask: Any = None, memory: Any = None, memory_mask: Any = None,
        cache: Any = None,
    ) -> Any:  # fmt: skip
        """The output, of the shape of x; with a `cache` also the cache for the next token."""
        y = self.norms[0](x)
        if cache is None:
            y = self.attention(y, attention_mask=mask, use_causal_mask=self.decodes)
        else:
            y, cache = self.attention(y, cache=cache)
        x = x + self.drops[0](y)
        if self.cross is not None:
            y = self.cross(self.norms[1](x), memory, attention_mask=memory_mask)
            x = x + self.drops[1](y)
        x = x + self.drops[-1](self.feed(self.norms[-1](x)))
        return x if cache is None else (x, cache)


class Embedded(dt.Layer):
    """Tokens to vectors, with positions; in training one in ten tokens is hidden.

    Hidden tokens: Gal & Ghahramani 2016, arXiv:1512.05287; for few sentences Sennrich & Zhang 2019,
    arXiv:1905.11901.
    """

    count: int
    width: int
    dropout: float
    hidden: float = 0.1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = dt.Embedding(self.count, self.width)
        self.hide = dt.SpatialDropout(self.hidden, data_format="channels_first")  # whole tokens
        self.positions, self.drop = dt.SinusoidalPositions(), dt.Dropout(self.dropout)

    def forward(self, tokens: Any, first: Any = None) -> Any:
        """The vectors (batch, time, width); `first`: the position of the first token."""
        x = self.hide(self.table(tokens) * self.width**0.5)
        if first is None:
            return self.drop(self.positions(x))
        # Positions of a step: those of all places up to the longest sentence, of which one is read.
        places = dt.zeros((1, LONGEST, self.width), dtype=x.dtype)
        return x + dt.take(self.positions(places), dt.reshape(first, (1,)), axis=1)


class Translator(dt.Model):
    """Logits of the next token of a translation. Token 0 is padding.

    `model(source, tokens)`: (batch, time, targets) for all tokens at once, as in training. Token
    by token: `cache = model(source, None)`, then `logits, cache = model(None, token, cache)` for
    tokens (batch, 1).
    """

    sources: int
    targets: int
    width: int
    heads: int
    hidden: int
    depth: int
    dropout: float
    gated: bool = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = Embedded(self.sources, self.width, self.dropout)
        self.target = Embedded(self.targets, self.width, self.dropout)
        sizes = self.width, self.heads, self.hidden, self.dropout, self.gated
        self.encoder = tuple(Block(*sizes, decodes=False) for _ in range(self.depth))
        self.decoder = tuple(Block(*sizes, decodes=True) for _ in range(self.depth))
        self.norms = dt.LayerNorm(), dt.LayerNorm()
        self.scores = dt.TiedDense(self.target.table, use_bias=True)

    def forward(self, source: Any, tokens: Any, cache: Any = None) -> Any:
        """Logits; see the class."""
        if cache is not None:
            return self._step(tokens, cache)
        mask = (source != 0)[:, None, None, :]
        memory = self._encoded(source, mask)
        if tokens is None:
            return self._empty_cache(memory, source)
        y = self.target(tokens)
        for block in self.decoder:
            y = block(y, None, memory, mask)
        return self.scores(self.norms[1](y))

    def _encoded(self, source: Any, mask: Any) -> Any:
        x = self.source(source)
        for block in self.encoder:
            x = block(x, mask)
        return self.norms[0](x)

    def _empty_cache(self, memory: Any, source: Any) -> Any:
        batch = source.shape[0]
        shape = batch, self.heads, LONGEST, self.width // self.heads
        empty = dt.zeros(shape, dtype=memory.dtype)
        start = dt.asarray(0, dtype=dt.int64)
        return {
            "memory": memory, "source": source,
            "past": [(empty, empty, start) for _ in self.decoder],
        }  # fmt: skip

    def _step(self, token: Any, cache: Any) -> Any:
        memory, mask = cache["memory"], (cache["source"] != 0)[:, None, None, :]
        y = self.target(token, cache["past"][0][2])
        past = []
        for block, before in zip(self.decoder, cache["past"], strict=True):
            y, after = block(y, None, memory, mask, before)
            past.append(after)
        logits = self.scores(self.norms[1](y))[:, 0]
        return logits, {**cache, "past": past}
