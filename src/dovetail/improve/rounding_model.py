"""Training with kernels that are rounded in each step, and gradients as if they were not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dovetail.improve.data import Examples
from dovetail.improve.wrapping import PREFIX, settings_inside, take_back
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.library.quantised import rounded
from dovetail.train.model import Model


class RoundedModel(Model):
    """A model that computes with rounded arrays. `channels`: their paths, with axes of a scale."""

    model: Any
    channels: Mapping[str, tuple[int, ...]]

    def forward(self, x: Any) -> Any:
        """The outputs of the model with the arrays rounded."""
        binding = self._binding
        if binding is not None and not binding.building:
            for path, axes in self.channels.items():
                value = binding.values[PREFIX + path]
                whole, scale = rounded(dt.stop_gradient(value), axes)
                error = whole * scale - dt.stop_gradient(value)
                binding.values[PREFIX + path] = value + error  # whose derivative is 1
        return self.model(*self.model.spread(x))

    @property
    def output_names(self) -> Any:
        """Those of the model."""
        return self.model.output_names


def trained_rounded(
    model: Any, channels: Mapping[str, tuple[int, ...]], examples: Examples, epochs: int,
    batch_size: int, seed: int | None, verbose: int,
) -> Any:  # fmt: skip
    """A copy that was trained with rounded arrays; its own arrays are not rounded."""
    changed = model.fresh_copy()
    around = RoundedModel(changed, dict(channels))
    given = changed.compiled_with
    objective = given.objective
    around.compile(
        given.optimizer, objective.loss, objective.metrics, loss_weights=objective.loss_weights,
        weighted_metrics=objective.weighted_metrics, **settings_inside(given.settings),
    )  # fmt: skip
    around.fit(
        examples.x, examples.y, batch_size=batch_size, epochs=epochs, seed=seed, verbose=verbose
    )
    take_back(changed, around)
    return changed
