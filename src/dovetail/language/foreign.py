"""NumPy's names of functions, for calls of NumPy with a tracer."""

from __future__ import annotations

# NumPy's names of functions that have another name in the namespace.
RENAMED: dict[str, str] = {
    "absolute": "abs", "power": "pow", "true_divide": "divide", "concatenate": "concat",
    "transpose": "permute_dims", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin",
    "arcsinh": "asinh", "arctan": "atan", "arctan2": "atan2", "arctanh": "atanh",
    "invert": "bitwise_invert", "left_shift": "bitwise_left_shift", "rint": "round",
    "right_shift": "bitwise_right_shift", "dot": "matmul", "cumsum": "cumulative_sum",
    "mod": "remainder", "fmod": "remainder", "fmax": "maximum", "fmin": "minimum",
    "swapaxes": "moveaxis", "array": "asarray", "amax": "max", "amin": "min", "swish": "silu",
}  # fmt: skip

# The ufuncs of the operators, which NumPy calls when an array is on the left of a tracer.
OPERATORS: frozenset[str] = frozenset({
    "add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "remainder", "power",
    "matmul", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    "bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift",
})  # fmt: skip
