"""A Transformer from one language to another (Vaswani et al. 2017, arXiv:1706.03762)."""

from __future__ import annotations

from typing import Any

import dovetail as dt

LONGEST = 50  # tokens that a sentence may have


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


class Translator(dt.Model):
    """Logits of the next token of a translation. Token 0 is padding.

    `model(source, tokens)`: (batch, time, targets) for all tokens at once, as in training. Token
    by token: `cache = model(source, None)`, then `logits, cache = model(None, token, cache)` for
    tokens (batch, 1). Norms come before each part, and each adds to its input: Xiong et al. 2020,
    arXiv:2002.04745. In training one token in ten is hidden, as helps where sentences are few:
    Sennrich & Zhang 2019, arXiv:1905.11901.
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
        self.source, self.target = self._input(self.sources), self._input(self.targets)
        self.encoder = tuple(self._block(decodes=False) for _ in range(self.depth))
        self.decoder = tuple(self._block(decodes=True) for _ in range(self.depth))
        self.norms = dt.LayerNorm(), dt.LayerNorm()
        self.scores = dt.TiedDense(self.target["table"], use_bias=True)

    def _input(self, count: int) -> dict[str, Any]:
        return {
            "table": dt.Embedding(count, self.width),
            "hide": dt.SpatialDropout(  # whole tokens
                0.1 if self.dropout else 0.0, data_format="channels_first"
            ),
            "positions": dt.SinusoidalPositions(), "drop": dt.Dropout(self.dropout),
        }  # fmt: skip

    def _block(self, decodes: bool) -> dict[str, Any]:
        size = self.width // self.heads
        parts = 3 if decodes else 2
        return {
            "attention": dt.MultiHeadAttention(self.heads, size),
            "cross": dt.MultiHeadAttention(self.heads, size) if decodes else None,
            "feed": GatedFeedForward(self.hidden, self.dropout, self.gated),
            "norms": tuple(dt.LayerNorm() for _ in range(parts)),
            "drops": tuple(dt.Dropout(self.dropout) for _ in range(parts)),
        }

    def forward(self, source: Any, tokens: Any, cache: Any = None, weights: bool = False) -> Any:
        """Logits; see the class. `weights`: where the last block looks in the source, instead."""
        if cache is not None:
            return self._step(tokens, cache)
        mask = (source != 0)[:, None, None]
        memory = self._embedded(self.source, source)
        for block in self.encoder:
            normed = block["norms"][0](memory)
            attended = block["attention"](normed, attention_mask=mask)
            memory = self._fed(block, memory + block["drops"][0](attended))
        memory = self.norms[0](memory)
        if tokens is None:
            return self._empty_cache(memory, source)
        y = self._embedded(self.target, tokens)
        for block in self.decoder:
            attended = block["attention"](block["norms"][0](y), use_causal_mask=True)
            before = y + block["drops"][0](attended)
            y = self._fed(block, self._crossed(block, before, memory, mask))
        if weights:
            return _weights(block["cross"], block["norms"][1](before), memory, mask)
        return self.scores(self.norms[1](y))

    def _embedded(self, part: dict[str, Any], tokens: Any) -> Any:
        x = part["hide"](part["table"](tokens) * self.width**0.5)
        return part["drop"](part["positions"](x))

    def _crossed(self, block: dict[str, Any], x: Any, memory: Any, mask: Any) -> Any:
        y = block["cross"](block["norms"][1](x), memory, attention_mask=mask)
        return x + block["drops"][1](y)

    def _fed(self, block: dict[str, Any], x: Any) -> Any:
        return x + block["drops"][-1](block["feed"](block["norms"][-1](x)))

    def _empty_cache(self, memory: Any, source: Any) -> Any:
        # One array for all blocks: a file then has one size for the length of their caches.
        shape = source.shape[0], self.depth, self.heads, LONGEST, self.width // self.heads
        empty, start = dt.zeros(shape, dtype=memory.dtype), dt.asarray(0, dtype=dt.int64)
        return {"memory": memory, "source": source, "past": (empty, empty, start)}

    def _step(self, token: Any, cache: Any) -> Any:
        memory, mask = cache["memory"], (cache["source"] != 0)[:, None, None]
        # The position of a step is that of one place among all up to the longest sentence.
        keys, values, filled = cache["past"]
        first = dt.reshape(filled, (1,))
        places = self.target["positions"](dt.zeros((1, LONGEST, self.width), dtype=memory.dtype))
        y = self.target["table"](token) * self.width**0.5 + dt.take(places, first, axis=1)
        past = []
        for n, block in enumerate(self.decoder):
            before = keys[:, n], values[:, n], filled
            attended, after = block["attention"](block["norms"][0](y), cache=before)
            past.append(after)
            y = self._fed(block, self._crossed(block, y + attended, memory, mask))
        together = [dt.stack([each[part] for each in past], axis=1) for part in (0, 1)]
        logits = self.scores(self.norms[1](y))[:, 0]
        return logits, {**cache, "past": (*together, past[0][2])}


def _weights(cross: Any, x: Any, memory: Any, mask: Any) -> Any:
    """The weights of attention to the source, a mean over the heads: (batch, time, source).

    `dt.attention` itself never has them in memory.
    """
    query = dt.einsum("btd,dhs->bhts", x, cross.query_kernel) + cross.query_bias[:, None]
    key = dt.einsum("btd,dhs->bhts", memory, cross.key_kernel) + cross.key_bias[:, None]
    scores = query @ dt.permute_dims(key, (0, 1, 3, 2)) / query.shape[-1] ** 0.5
    return dt.mean(dt.softmax(dt.where(mask, scores, -1e9), axis=-1), axis=1)
