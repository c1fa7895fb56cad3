"""Inside JAX: kernels between pointwise neighbours, which XLA would fuse with its own.

    x -> f(2 x + 1) x, and its gradient

Run: `python benchmarks/jax_neighbours.py`. The figures behind `hosts/jax/kernel_policy.py`:
XLA's time relative to the kernel's; above 1, the kernel is faster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

from kernels import set_threads

from dovetail import timing
from dovetail.timing import Call

OPERATIONS = ("relu", "swiglu", "mish", "gelu", "softmax", "rms_norm", "layer_norm")
SIZES = (64, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)


def calls(operation: str, size: int) -> dict[str, Call]:
    """The function and its gradient, with the kernel and without."""
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415
    import problems  # noqa: PLC0415
    from peers.jax_host_peer import DOVETAIL  # noqa: PLC0415

    (problem, *_) = problems.problems(operation, (size,))
    x, *rest = map(jnp.asarray, problem.arrays)

    def between(x: Any) -> Any:
        return DOVETAIL[operation](2.0 * x + 1.0, *rest) * x

    def slope(x: Any) -> Any:
        return jax.grad(lambda given: between(given).sum())(x)

    def compiled(function: Callable[..., Any], kernel: bool) -> Call:
        program = jax.jit(lambda given: function(given))
        with mock.patch("dovetail.hosts.jax.lowering.kernel_wins", lambda graph, alone: kernel):
            program(x)
        return lambda: program(x).block_until_ready()

    return {
        f"{name} {'kernel' if kernel else 'XLA'}": compiled(function, kernel)
        for name, function in (("forward", between), ("gradient", slope))
        for kernel in (True, False)
    }


def main() -> None:
    """Measure and print."""
    set_threads(0)
    for operation in OPERATIONS:
        for size in SIZES:
            timings = timing.interleaved(calls(operation, size), timing.QUICK)
            ratios = [
                f"{name} {timings[f'{name} XLA'].median / timings[f'{name} kernel'].median:6.2f}"
                for name in ("forward", "gradient")
            ]
            print(f"{operation:12s}{size:12,d}  {'  '.join(ratios)}", flush=True)


if __name__ == "__main__":
    main()
