"""Dovetail: write a layer, an activation, a loss or an optimizer once, as array maths.

Importing this package imports no framework and no compiler. The functions of the
language are extensions here: they run eagerly on any host's arrays, are traced through
inside a definition, and have `.torch`, `.keras`, `.jax`, `.tensorflow` and `.numpy` forms.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dovetail.errors import DovetailError
from dovetail.extension import dispatch as _dispatch
from dovetail.extension.activation import activation
from dovetail.extension.layer import Layer
from dovetail.extension.loss import loss
from dovetail.extension.op import op
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.parameters import Parameter, RandomKey, State, from_input
from dovetail.extension.ready import ready as _ready
from dovetail.extension.serialisation import from_config, get_config
from dovetail.extension.transforms import grad, jvp, value_and_grad, vjp, vmap
from dovetail.graph.dtypes import (
    DType,
    bfloat16,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from dovetail.graph.dtypes import bool_ as _bool
from dovetail.hosts.registry import REGISTRY as _REGISTRY
from dovetail.language.namespace import FUNCTIONS as _FUNCTIONS

if TYPE_CHECKING:
    from dovetail.hosts.show import show as show
    from dovetail.library import (
        SGD,
        Activation,
        Adagrad,
        Adam,
        AdamW,
        BatchNorm,
        Dense,
        Dropout,
        Embedding,
        Flatten,
        LayerNorm,
        Lion,
        NAdam,
        RMSNorm,
        RMSprop,
        binary_cross_entropy,
        categorical_cross_entropy,
        cosine_similarity,
        elish,
        focal,
        gaussian,
        geglu,
        hard_shrink,
        hinge,
        huber,
        kl_divergence,
        laplace,
        log_cosh,
        logish,
        mean_absolute_error,
        mean_squared_error,
        poisson,
        reglu,
        relu_squared,
        serf,
        sine,
        smish,
        snake,
        soft_shrink,
        sparse_categorical_cross_entropy,
        squareplus,
        tanh_exp,
        tanh_shrink,
    )
    from dovetail.train import (
        Callback,
        EarlyStopping,
        History,
        LearningRateSchedule,
        Model,
        Sequential,
    )
    from dovetail.verify import check

__all__ = [
    "SGD", "Activation", "Adagrad", "Adam", "AdamW", "BatchNorm", "Callback", "DType", "Dense",
    "DovetailError", "Dropout", "EarlyStopping", "Embedding", "Flatten", "History", "Layer",
    "LayerNorm", "LearningRateSchedule", "Lion", "Model", "NAdam", "Optimizer", "Parameter",
    "RMSNorm", "RMSprop", "RandomKey", "Sequential", "State", "abs", "acos", "acosh",
    "activation", "add",
    "all", "any", "arange", "argmax", "argmin", "argsort", "asarray", "asin", "asinh", "astype",
    "atan", "atan2", "atanh", "bfloat16", "binary_cross_entropy", "bitwise_and", "bitwise_invert",
    "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "bool",
    "broadcast_arrays", "broadcast_to", "can_cast", "categorical_cross_entropy", "ceil", "celu",
    "check", "clip", "concat", "copysign", "cos", "cosh", "cosine_similarity", "count_nonzero",
    "cumulative_prod", "cumulative_sum", "diff", "divide", "dropout", "e", "einsum", "elish",
    "elu", "empty", "empty_like", "equal", "erf", "erfc", "exp", "exp2", "expand_dims", "expm1",
    "eye", "finfo", "flip", "float16", "float32", "float64", "floor", "floor_divide", "focal",
    "fold_in", "from_config", "from_input", "full", "full_like", "gaussian", "geglu", "gelu",
    "get_config", "glu", "grad", "greater", "greater_equal", "hard_shrink", "hard_sigmoid",
    "hard_swish", "hard_tanh", "hinge", "huber", "hypot", "iinfo", "inf", "int8", "int16", "int32",
    "int64", "isdtype", "isfinite", "isinf", "isnan", "jvp", "kl_divergence", "laplace",
    "layer_norm", "leaky_relu", "less", "less_equal", "linspace", "log", "log1p", "log2", "log10",
    "log_cosh", "log_sigmoid", "log_softmax", "logaddexp", "logical_and", "logical_not",
    "logical_or", "logical_xor", "logish", "logsumexp", "loss", "matmul", "matrix_transpose",
    "max", "maximum", "mean", "mean_absolute_error", "mean_squared_error", "meshgrid", "min",
    "minimum", "mish", "moveaxis", "multiply", "nan", "ndtr", "negative", "newaxis", "nonzero",
    "not_equal", "one_hot", "ones", "ones_like", "op", "outer", "pad", "permute_dims", "pi",
    "poisson", "positive", "pow", "prod", "random_normal", "random_uniform", "reciprocal", "reglu",
    "relu", "relu6", "relu_squared", "remainder", "repeat", "reshape", "result_type", "rms_norm",
    "roll", "round", "rsqrt", "searchsorted", "selu", "serf", "show", "sigmoid", "sign", "signbit",
    "silu", "sin", "sine", "sinh", "smish", "snake", "soft_shrink", "softmax", "softplus",
    "softsign", "sort", "sparse_categorical_cross_entropy", "split", "sqrt", "square",
    "squareplus", "squeeze", "stack", "std", "stop_gradient", "subtract", "sum", "swiglu", "swish",
    "take", "take_along_axis", "tan", "tanh", "tanh_exp", "tanh_shrink", "tensordot", "tile",
    "tril", "triu", "trunc", "uint8", "uint16", "uint32", "uint64", "unique_all", "unique_counts",
    "unique_inverse", "unique_values", "unstack", "value_and_grad", "var", "vecdot", "vjp", "vmap",
    "where", "zeros", "zeros_like",
]  # fmt: skip

__version__ = "0.1.0"
__array_api_version__ = "2024.12"

_dispatch.install(_REGISTRY)
_REGISTRY.await_frameworks()

e = 2.718281828459045
inf = float("inf")
nan = float("nan")
newaxis = None
bool = _bool
pi = 3.141592653589793

abs = _ready("abs")
acos = _ready("acos")
acosh = _ready("acosh")
add = _ready("add")
all = _ready("all")
any = _ready("any")
arange = _ready("arange")
argmax = _ready("argmax")
argmin = _ready("argmin")
argsort = _ready("argsort")
asarray = _ready("asarray")
asin = _ready("asin")
asinh = _ready("asinh")
astype = _ready("astype")
atan = _ready("atan")
atan2 = _ready("atan2")
atanh = _ready("atanh")
bitwise_and = _ready("bitwise_and")
bitwise_invert = _ready("bitwise_invert")
bitwise_left_shift = _ready("bitwise_left_shift")
bitwise_or = _ready("bitwise_or")
bitwise_right_shift = _ready("bitwise_right_shift")
bitwise_xor = _ready("bitwise_xor")
broadcast_arrays = _ready("broadcast_arrays")
broadcast_to = _ready("broadcast_to")
ceil = _ready("ceil")
celu = _ready("celu")
clip = _ready("clip")
concat = _ready("concat")
copysign = _ready("copysign")
cos = _ready("cos")
cosh = _ready("cosh")
count_nonzero = _ready("count_nonzero")
cumulative_prod = _ready("cumulative_prod")
cumulative_sum = _ready("cumulative_sum")
diff = _ready("diff")
divide = _ready("divide")
dropout = _ready("dropout")
einsum = _ready("einsum")
elu = _ready("elu")
empty = _ready("empty")
empty_like = _ready("empty_like")
equal = _ready("equal")
erf = _ready("erf")
erfc = _ready("erfc")
exp = _ready("exp")
exp2 = _ready("exp2")
expand_dims = _ready("expand_dims")
expm1 = _ready("expm1")
eye = _ready("eye")
flip = _ready("flip")
floor = _ready("floor")
floor_divide = _ready("floor_divide")
fold_in = _ready("fold_in")
full = _ready("full")
full_like = _ready("full_like")
gelu = _ready("gelu")
glu = _ready("glu")
greater = _ready("greater")
greater_equal = _ready("greater_equal")
hard_sigmoid = _ready("hard_sigmoid")
hard_swish = _ready("hard_swish")
hard_tanh = _ready("hard_tanh")
hypot = _ready("hypot")
isfinite = _ready("isfinite")
isinf = _ready("isinf")
isnan = _ready("isnan")
layer_norm = _ready("layer_norm")
leaky_relu = _ready("leaky_relu")
less = _ready("less")
less_equal = _ready("less_equal")
linspace = _ready("linspace")
log = _ready("log")
log10 = _ready("log10")
log1p = _ready("log1p")
log2 = _ready("log2")
log_sigmoid = _ready("log_sigmoid")
log_softmax = _ready("log_softmax")
logaddexp = _ready("logaddexp")
logical_and = _ready("logical_and")
logical_not = _ready("logical_not")
logical_or = _ready("logical_or")
logical_xor = _ready("logical_xor")
logsumexp = _ready("logsumexp")
matmul = _ready("matmul")
matrix_transpose = _ready("matrix_transpose")
max = _ready("max")
maximum = _ready("maximum")
mean = _ready("mean")
meshgrid = _ready("meshgrid")
min = _ready("min")
minimum = _ready("minimum")
mish = _ready("mish")
moveaxis = _ready("moveaxis")
multiply = _ready("multiply")
ndtr = _ready("ndtr")
negative = _ready("negative")
nonzero = _ready("nonzero")
not_equal = _ready("not_equal")
one_hot = _ready("one_hot")
ones = _ready("ones")
ones_like = _ready("ones_like")
outer = _ready("outer")
pad = _ready("pad")
permute_dims = _ready("permute_dims")
positive = _ready("positive")
pow = _ready("pow")
prod = _ready("prod")
random_normal = _ready("random_normal")
random_uniform = _ready("random_uniform")
reciprocal = _ready("reciprocal")
relu = _ready("relu")
relu6 = _ready("relu6")
remainder = _ready("remainder")
repeat = _ready("repeat")
reshape = _ready("reshape")
rms_norm = _ready("rms_norm")
roll = _ready("roll")
round = _ready("round")
rsqrt = _ready("rsqrt")
searchsorted = _ready("searchsorted")
selu = _ready("selu")
sigmoid = _ready("sigmoid")
sign = _ready("sign")
signbit = _ready("signbit")
silu = _ready("silu")
sin = _ready("sin")
sinh = _ready("sinh")
softmax = _ready("softmax")
softplus = _ready("softplus")
softsign = _ready("softsign")
sort = _ready("sort")
split = _ready("split")
sqrt = _ready("sqrt")
square = _ready("square")
squeeze = _ready("squeeze")
stack = _ready("stack")
std = _ready("std")
stop_gradient = _ready("stop_gradient")
subtract = _ready("subtract")
sum = _ready("sum")
swiglu = _ready("swiglu")
take = _ready("take")
take_along_axis = _ready("take_along_axis")
tan = _ready("tan")
tanh = _ready("tanh")
tensordot = _ready("tensordot")
tile = _ready("tile")
tril = _ready("tril")
triu = _ready("triu")
trunc = _ready("trunc")
unique_all = _ready("unique_all")
unique_counts = _ready("unique_counts")
unique_inverse = _ready("unique_inverse")
unique_values = _ready("unique_values")
unstack = _ready("unstack")
var = _ready("var")
vecdot = _ready("vecdot")
where = _ready("where")
zeros = _ready("zeros")
zeros_like = _ready("zeros_like")
swish = silu

can_cast = _FUNCTIONS["can_cast"]
finfo = _FUNCTIONS["finfo"]
iinfo = _FUNCTIONS["iinfo"]
isdtype = _FUNCTIONS["isdtype"]
result_type = _FUNCTIONS["result_type"]

# What stands above the extensions is loaded when it is first asked for.
_LATER = ("dovetail.library", "dovetail.train", "dovetail.hosts.show", "dovetail.verify")


def __getattr__(name: str) -> Any:
    for module in _LATER if name in __all__ else ():
        floor = importlib.import_module(module)
        if name in floor.PUBLIC:
            value = globals()[name] = getattr(floor, name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
