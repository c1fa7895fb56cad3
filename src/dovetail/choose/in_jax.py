"""JAX: `model.to("jax")`, a flax.nnx module, eager or by nnx.jit."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from dovetail.choose.contestant import Batch, Contestant
from dovetail.graph.node import Array


class InJax(Contestant):
    """A module, and a transformation of optax' kind."""

    exports = ("jax.export",)

    def prepare(self) -> None:
        self.module = self.model.to("jax")
        self.stepper = nnx.Optimizer(self.module, self.optimizer.jax(), wrt=nnx.Param)
        loss = self.loss

        def step(module: Any, stepper: Any, inputs: Any, targets: Any) -> Any:
            value, gradients = nnx.value_and_grad(lambda m: loss(m(*inputs), targets))(module)
            stepper.update(module, gradients)
            return value

        def infer(module: Any, inputs: Any) -> Any:
            return module(*inputs)

        self.run_step: Any = nnx.jit(step) if self.compiled else step
        self.run: Any = nnx.jit(infer) if self.compiled else infer

    def batch(self, batch: Batch) -> Any:
        inputs, targets = batch
        return [jnp.asarray(x) for x in inputs], jnp.asarray(targets)

    def step(self, batch: Any) -> Any:
        self.module.train()
        return self.run_step(self.module, self.stepper, *batch)

    def infer(self, batch: Any) -> Any:
        self.module.eval()
        return jax.block_until_ready(self.run(self.module, batch[0]))

    def checked(self, batch: Batch) -> tuple[Array, list[tuple[Array, Array]]]:
        inputs, targets = self.batch(batch)
        self.module.eval()
        gradients = nnx.grad(lambda m: self.loss(m(*inputs), targets))(self.module)
        values = jax.tree.leaves(nnx.state(self.module, nnx.Param))
        pairs = [
            (np.array(value), np.array(gradient))
            for value, gradient in zip(values, jax.tree.leaves(gradients), strict=True)
        ]
        return np.array(self.module(*inputs)), pairs

    def export(self, name: str, folder: Any) -> None:
        self.module.eval()
        inputs = self.batch(self.example)[0]
        graph, state = nnx.split(self.module)
        exported = jax.export.export(jax.jit(lambda *x: nnx.merge(graph, state)(*x)))(*inputs)
        (folder / "exported.jax").write_bytes(exported.serialize())
