"""Dovetail: write an activation, layer, loss or optimizer once, as array maths."""

from dovetail.extension import dispatch
from dovetail.extension.activation import activation
from dovetail.extension.loss import loss
from dovetail.extension.op import op
from dovetail.hosts.registry import REGISTRY
from dovetail.language.namespace import FUNCTIONS

dispatch.install(REGISTRY)
tanh=op(FUNCTIONS["tanh"]); softplus=op(FUNCTIONS["softplus"]); sigmoid=op(FUNCTIONS["sigmoid"])
exp=op(FUNCTIONS["exp"]); log_softmax=op(FUNCTIONS["log_softmax"]); take_along_axis=op(FUNCTIONS["take_along_axis"])
sum=op(FUNCTIONS["sum"]); sign=op(FUNCTIONS["sign"]); where=op(FUNCTIONS["where"])
from dovetail.extension.transforms import *
from dovetail.extension.layer import Layer
from dovetail.extension.sequential import Sequential
from dovetail.extension.parameters import *
mean=op(FUNCTIONS["mean"]); rsqrt=op(FUNCTIONS["rsqrt"]); relu=activation(FUNCTIONS["relu"])
from dovetail.extension.optimizer import Optimizer
sqrt=op(FUNCTIONS["sqrt"])
