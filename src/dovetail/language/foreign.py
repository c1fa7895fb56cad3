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

# The ufuncs behind the operators: an array on the left of a tracer arrives through them.
OPERATORS: dict[str, str] = {
    "add": "add", "subtract": "subtract", "multiply": "multiply", "divide": "divide",
    "true_divide": "divide", "floor_divide": "floor_divide", "remainder": "remainder",
    "power": "pow", "matmul": "matmul", "equal": "equal", "not_equal": "not_equal",
    "less": "less", "less_equal": "less_equal", "greater": "greater",
    "greater_equal": "greater_equal", "bitwise_and": "bitwise_and", "bitwise_or": "bitwise_or",
    "bitwise_xor": "bitwise_xor", "left_shift": "bitwise_left_shift",
    "right_shift": "bitwise_right_shift",
}  # fmt: skip
