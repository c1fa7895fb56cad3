"""PyTorch: `model.to("torch")`, eager or by torch.compile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from dovetail.choose.contestant import Batch, Contestant
from dovetail.graph.node import Array


class InTorch(Contestant):
    """A module, its loss and an optimizer of torch.optim's kind."""

    exports = ("torch.export", "ONNX")

    def prepare(self) -> None:
        self.module = self.model.to("torch").train()
        self.stepper = self.optimizer.torch(self.module.parameters())
        self.run: Any = torch.compile(self.module) if self.compiled else self.module

    def set_threads(self, count: int) -> None:
        torch.set_num_threads(count)

    def batch(self, batch: Batch) -> Any:
        inputs, targets = batch
        return [torch.from_numpy(x) for x in inputs], torch.from_numpy(targets)

    def step(self, batch: Any) -> Any:
        inputs, targets = batch
        self.module.train()
        self.stepper.zero_grad()
        loss = self.loss(self.run(*inputs), targets)
        loss.backward()
        self.stepper.step()
        return loss.detach()

    def infer(self, batch: Any) -> Any:
        self.module.eval()
        with torch.no_grad():
            return self.run(*batch[0])

    def checked(self, batch: Batch) -> tuple[Array, list[tuple[Array, Array]]]:
        inputs, targets = self.batch(batch)
        self.module.eval()
        outputs = self.module(*inputs)
        self.loss(outputs, targets).backward()
        pairs = [
            (p.detach().numpy().copy(), p.grad.numpy().copy())
            for p in self.module.parameters() if p.grad is not None
        ]  # fmt: skip
        return outputs.detach().numpy().copy(), pairs

    def export(self, name: str, folder: Path) -> None:
        self.module.eval()
        inputs = tuple(self.batch(self.example)[0])
        if name == "torch.export":
            torch.export.save(torch.export.export(self.module, inputs), folder / "exported.pt2")
        else:
            torch.onnx.export(self.module, inputs, folder / "exported.onnx", dynamo=True,
                              verbose=False)  # fmt: skip
