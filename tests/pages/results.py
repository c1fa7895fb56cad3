"""Results with known figures, for pages."""

from __future__ import annotations

from dovetail.choose.figures import Figures
from dovetail.choose.report import ChoiceReport
from dovetail.measure.machine import Machine
from dovetail.measure.results import BenchReport, Row, Start
from dovetail.timing import Timing


def bench_report() -> BenchReport:
    """Two hosts, two sizes, one column that is wrong."""
    machine = Machine("a <processor>", "Linux", "3.11", 2, 2e10, 1e11, {}, 0.0)
    rows = [
        Row(size, count, direction, host, column,
            None if column == "composite" and host == "torch" else
            Timing(seconds * count * 1e-9, seconds * count * 9e-10, seconds * count * 2e-9, 5, 10),
            0.0, "differs & is wrong" if column == "composite" and host == "torch" else None,
            8 * count, {"arithmetic": 3 * count, "transcendental": count, "products": 0})
        for size, count in (("4 x 16", 64), ("100 x 100", 10_000))
        for direction in ("forward", "forward and backward")
        for host in ("numpy", "torch")
        for column, seconds in (("Dovetail", 1.0), ("composite", 3.0))
    ]  # fmt: skip
    start = Start("torch", "Dovetail", "forward", "4 x 16", {"first call seconds": 0.5})
    return BenchReport("glide", "activation", machine, {"torch": {"torch": "2.13"}}, tuple(rows),
                       (start,), ("jax: failed",), 1.0)  # fmt: skip


def choice_report() -> ChoiceReport:
    """Three contestants, one refused."""
    figures = []
    for number, name in enumerate(("dovetail", "torch", "jax")):
        each = Figures(name, "compiled")
        for quantity in ("step p50", "step p95", "one p50", "one p99", "bulk p50", "import"):
            each.once(quantity, 1e-4 * 4.0**number)
        figures.append(each)
    figures[1].exports = {"torch.export": "", "ONNX": "Refused: <no operator>"}
    figures[2].refused = "is wrong: its outputs differ by 1.0e-02"
    return ChoiceReport("the network", "training", tuple(figures), "a processor, 2 threads",
                        ("keras is not installed: pip install 'dovetail[keras]'",), 64, 256, 0.3,
                        2.0)  # fmt: skip
