"""NumPy's and PyTorch's names of functions, for calls of these with a tracer."""

from __future__ import annotations

# Functions that have another name in the namespace.
RENAMED: dict[str, str] = {
    "absolute": "abs", "power": "pow", "true_divide": "divide", "concatenate": "concat",
    "transpose": "permute_dims", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin",
    "arcsinh": "asinh", "arctan": "atan", "arctan2": "atan2", "arctanh": "atanh",
    "invert": "bitwise_invert", "left_shift": "bitwise_left_shift", "rint": "round",
    "right_shift": "bitwise_right_shift", "dot": "matmul", "cumsum": "cumulative_sum",
    "mod": "remainder",
    "swapaxes": "moveaxis", "array": "asarray", "amax": "max", "amin": "min", "swish": "silu",
    "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "eq": "equal",
    "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
    "mm": "matmul", "bmm": "matmul", "cat": "concat", "clamp": "clip", "permute": "permute_dims",
    "unsqueeze": "expand_dims", "cumprod": "cumulative_prod", "gammaln": "lgamma",
    "expit": "sigmoid", "hardtanh": "hard_tanh", "hardsigmoid": "hard_sigmoid",
    "hardswish": "hard_swish", "logsigmoid": "log_sigmoid", "masked_fill": "where",
}  # fmt: skip

# The ufuncs of the operators, which NumPy calls when an array is on the left of a tracer.
OPERATORS: frozenset[str] = frozenset({
    "add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "remainder", "power",
    "matmul", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
    "bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift",
})  # fmt: skip

# PyTorch's methods of a tensor on the left of a tracer.
TORCH_OPERATORS: dict[str, str] = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "true_divide": "divide",
    "matmul": "matmul", "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal",
    "gt": "greater", "ge": "greater_equal", "pow": "pow", "floor_divide": "floor_divide",
    "remainder": "remainder", "__and__": "bitwise_and", "__or__": "bitwise_or",
    "__xor__": "bitwise_xor", "__pow__": "pow", "__floordiv__": "floor_divide",
    "__mod__": "remainder", "__matmul__": "matmul", "__eq__": "equal", "__add__": "add",
    "__mul__": "multiply", "__sub__": "subtract", "__truediv__": "divide",
}  # fmt: skip
