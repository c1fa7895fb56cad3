"""Layers as classes of `torch.nn.Module`.

    RMSNorm.torch(512)                       # the class of a layer: fields, device=, dtype=
    dt.Sequential(dt.Dense(64), ...).torch   # of a layer itself: a module with its arrays

Parameters are nn.Parameters and states buffers, under the layer's own names; layers inside
a layer are submodules, so `state_dict` has the layer's dotted paths. A module runs as one
operation: products are PyTorch's, and everything between them is fused, across
submodules too. (So the hooks of submodules, which are not called one by one, don't run.)

Sizes that come from the input leave parameters uninitialised until the first call or until
a state_dict is loaded. Initial values are those of the layer with the same seed; without one,
a seed is drawn from PyTorch's generator where a value is random. Random keys are drawn from it
too, for each call that reads one. The module of a layer shares its memory while
both stay on the CPU, and takes over arrays that are replaced in the layer.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterator
from typing import Any, ClassVar

import torch
from torch.nn.parameter import is_lazy

from dovetail.extension.building import draws, make_array, make_missing, seeds_of
from dovetail.extension.call_errors import taken_name
from dovetail.extension.constructor import argument_names
from dovetail.extension.fields import as_field
from dovetail.extension.layer import Layer
from dovetail.extension.layer_tree import layers_in
from dovetail.extension.parameters import Declaration, Parameter, RandomKey
from dovetail.extension.signature import read_signature
from dovetail.hosts.aliases import Names, names_of
from dovetail.hosts.forms import (
    field_parameters,
    keyword,
    make_form,
    shown_arguments,
    with_arguments,
)
from dovetail.hosts.torch.aliases import LAYERS
from dovetail.hosts.torch.dtypes import THEIRS, shared, spec
from dovetail.hosts.torch.dynamo import with_dicts
from dovetail.hosts.torch.layer_arrays import (
    Factory,
    add_torch_nn,
    put,
    rename_arrays,
    replace,
)
from dovetail.hosts.torch.layer_calls import LayerCalls
from dovetail.hosts.torch.modules import FormType
from dovetail.hosts.torch.symbolic_trace import check_is_inside, module_node, proxy_in
from dovetail.language.location import location_of
from dovetail.language.tree import map_leaves

Module = torch.nn.Module
is_compiling: Any = torch.compiler.is_compiling


class LayerModule(Module, metaclass=FormType):
    """The base of every module that is made of a layer."""

    definition: ClassVar[type[Layer]]

    _names: ClassVar[Names] = Names()  # PyTorch's, of the fields and tensors

    _layer: Layer
    _calls: LayerCalls
    _incomplete: bool  # sizes are missing until an input or a state_dict gives them
    _factory: Factory | None
    _source: Any  # a weak reference to the layer that this module was made of

    def __init__(self, *args: Any, device: Any = None, dtype: Any = None, **fields: Any) -> None:
        names = argument_names(self.definition)
        given = {"device": device, "dtype": dtype}
        own = {name: given.pop(name) for name in ("device", "dtype") if name in names}
        fields = self._names.own(self.definition.__name__, fields, names)
        fields |= {name: value for name, value in own.items() if value is not None}
        layer = self.definition(*args, **fields)
        if draws(layer):
            layer.__dict__["_entropy"] = _random_seed()
        self._adopt(layer, Factory(given.get("device"), given.get("dtype"), seeds_of(layer)), {})

    # Making.

    def _adopt(
        self,
        layer: Layer,
        factory: Factory,
        known: dict[int, LayerModule],
        sources: dict[int, Layer] | None = None,
    ) -> None:
        """Take over a layer: its fields, its arrays as tensors, and the layers inside."""
        super().__init__()
        known[id(layer)] = self
        source = None if sources is None else sources[id(layer)]
        plain: dict[str, Any] = {
            "_layer": layer, "_factory": factory,
            "_source": None if source is None else (weakref.ref(source), dict(source._arrays)),
        }  # fmt: skip
        vars(self).update(plain)
        for path, child in layer.children().items():
            inner: Any = child
            module = known.get(id(inner))
            if module is None:
                module = object.__new__(type(inner).torch)
                module._adopt(inner, factory, known, sources)
            _attach(self, path, module)
        for name, declaration in _stored(layer):
            if isinstance(declaration, Parameter):
                self.register_parameter(self._name(name), factory.parameter(layer, declaration))
            else:
                self.register_buffer(self._name(name), factory.tensor(layer, declaration))
        self._prepare()
        if not layer.trainable:
            self.requires_grad_(False)

    def _name(self, name: str) -> str:
        """The name of the tensor of a parameter or state."""
        return self._names.arrays.get(name, name)

    def _layers(self) -> Iterator[tuple[str, LayerModule]]:
        """This module and those of the layers inside, each once, with the prefix of their paths."""
        found: dict[int, LayerModule] = {}
        walked: Any = self._layer.walk()
        for _, prefix in walked:
            module: Any = self
            for part in prefix.split(".")[:-1]:
                module = module._modules[part]
            found[id(module)] = module
            yield prefix, module

    def _prepare(self) -> None:
        """Collect the tensors and the operations, and see whether shapes are missing."""
        parameters: list[tuple[str, Any, str]] = []
        states: list[tuple[str, Any, str]] = []
        keys: list[str] = []
        modules: dict[str, Any] = {}
        for prefix, module in self._layers():
            modules[prefix] = module
            for name, declaration in _stored(module._layer):
                kind = parameters if isinstance(declaration, Parameter) else states
                kind.append((prefix + name, module, module._name(name)))
            keys += [prefix + name for name in _random_keys(module._layer)]
        missing = any(module._is_missing(name) for _, module, name in (*parameters, *states))
        vars(self)["_incomplete"] = missing
        vars(self)["_calls"] = LayerCalls(self._layer, parameters, states, keys, modules)

    # Calling.

    def forward(self, *inputs: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """The layer's output. `training`: as given, for all layers inside; else as each is set."""
        check_is_inside(self._layer.name, inputs)
        compiling = is_compiling()
        if not compiling:
            proxy = proxy_in((*inputs, *kwargs.values()))
            if proxy is not None:
                if training is not None:
                    kwargs["training"] = training
                return module_node(self, proxy, inputs, kwargs)
        if self._incomplete:
            self._complete(inputs)
        calls = self._calls
        if compiling:
            return self._compiled(calls, inputs, training, kwargs)
        if self._layer._program is not calls.marker:
            self._prepare()
            calls = self._calls
        if calls.made_of:
            self._adopt_replaced()
        if training is None:
            modes = tuple([module.training for module in calls.modes])
        else:
            modes = (bool(training),) * len(calls.modes)
        return calls(modes, inputs, kwargs)

    def _compiled(self, calls: LayerCalls, inputs: Any, training: Any, kwargs: Any) -> Any:
        """The same, as torch.compile can read it."""
        calls.mark()
        modes = ()
        for module in calls.modes:
            modes = (*modes, module.training if training is None else bool(training))
        values = []
        for _, module, name in calls.slots:
            values.append(getattr(module, name))
        output, new = calls.whole(modes, values, inputs, kwargs)
        dicts, changed = calls.last()
        if changed:
            # Without no_grad, whose region in an exported graph no file of torch.export can hold.
            for index, number in enumerate(changed):
                _, module, name = calls.states[number]
                getattr(module, name).copy_(new[index].detach())
        return output if dicts is None else with_dicts(dicts, output)

    # Sizes that come from the input.

    def _complete(self, inputs: Any) -> None:
        """Make the missing parameters and states from an input."""
        source = None if self._source is None else self._source[0]()
        layer = self._layer if source is None else source
        layer.build(*(map_leaves(_spec, value) for value in inputs))
        walked: Any = layer.walk()
        own: Any = self._layer.walk()
        for (inner, _), (mine, _), (_, module) in zip(walked, own, self._layers(), strict=True):
            for name in mine.inferred:
                if name not in vars(mine):
                    setattr(mine, name, getattr(inner, name))
            for name in mine.declared:
                if inner.has_array(name):
                    module._fill(name, inner._arrays[name], source is not None)
            if source is None:
                mine.drop_arrays()
        self._prepare()

    # Not for torch.compile: sizes are known after one call without it.
    _complete._torchdynamo_disable = True  # type: ignore[attr-defined]
    _complete._torchdynamo_disable_msg = (  # type: ignore[attr-defined]
        "the sizes of this module come from its first input: call it once before compiling"
    )

    def _is_missing(self, name: str) -> bool:
        """Whether a parameter or state has no shape yet."""
        parameter = self._parameters.get(name)
        return (
            is_lazy(parameter) if parameter is not None else self._buffers.get(name, self) is None
        )

    @torch.no_grad()
    def _materialize(self, declared: str, shape: Any) -> Any:
        """The tensor of a missing parameter or state, made for this shape."""
        name = self._name(declared)
        parameter: Any = self._parameters.get(name)
        if parameter is not None:
            parameter.materialize(tuple(shape))
            return parameter
        assert self._factory is not None
        kind = self._factory.kind(self._layer, self._layer.declared[declared])
        made = self._buffers[name] = torch.empty(shape, dtype=kind, device=self._factory.device)
        return made

    @torch.no_grad()
    def _fill(self, name: str, array: Any, share: bool) -> None:
        """Set a missing parameter or state to an array."""
        if not self._is_missing(self._name(name)):
            return
        value = shared(array)
        tensor = self._materialize(name, value.shape)
        if share and tensor.dtype == value.dtype and tensor.device == value.device:
            tensor.data = value
            self._source[1][name] = array
        else:
            tensor.copy_(value)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool,
        missing_keys: Any, unexpected_keys: Any, error_msgs: Any,
    ) -> None:  # fmt: skip
        """As PyTorch's; a state_dict also gives missing sizes, and may have either names."""
        layer = self._layer
        rename_arrays(self._names, layer, state_dict, prefix)
        for name in layer.declared:
            value = state_dict.get(prefix + self._name(name))
            if value is None or is_lazy(value) or not self._is_missing(self._name(name)):
                continue
            layer.infer_sizes(name, value.shape)
            self._materialize(name, value.shape)
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )
        for name in _random_keys(layer):  # files of older versions hold them
            if prefix + name in unexpected_keys:
                unexpected_keys.remove(prefix + name)
        self._prepare()

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """As PyTorch's; uninitialised parameters are saved as they are."""
        waiting = {n: p for n, p in self._parameters.items() if p is not None and is_lazy(p)}
        for name in waiting:
            self._parameters[name] = None
        try:
            super()._save_to_state_dict(destination, prefix, keep_vars)
        finally:
            self._parameters.update(waiting)
        destination.update({prefix + name: value for name, value in waiting.items()})

    def torch_nn_state_dict(self) -> dict[str, Any]:
        """The tensors by the names and in the layouts of torch.nn's own modules, which load them.

        A Dense has the `weight` of a Linear, a convolution that of PyTorch's. They share memory.
        """
        found: dict[str, Any] = {}
        for prefix, module in reversed([*self._layers()]):  # layers inside first
            own = {name: getattr(module, name).detach() for name, _ in _stored(module._layer)}
            add_torch_nn(found, module._names, module._layer, prefix, own)
        return found

    # The layer that this module was made of.

    def _adopt_replaced(self) -> None:
        """Take over arrays that have been replaced in the layer."""
        for module in self._calls.made_of:
            reference, seen = module._source
            source = reference()
            if source is None:
                continue
            keys = _random_keys(source)
            for name, array in source._arrays.items():
                if name not in keys and seen.get(name, array) is not array:
                    seen[name] = array
                    replace(getattr(module, name), shared(array))

    # Values.

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw all arrays anew: with the layer's seed, or from PyTorch's generator."""
        layer = self._layer
        if draws(layer):
            layer.__dict__["_entropy"] = _random_seed()
        seeds = seeds_of(layer)
        for _, module in self._layers():
            inner: Any = module._layer
            for name, declaration in _stored(inner):
                tensor: Any = getattr(module, name)
                if tensor is not None and not is_lazy(tensor):
                    put(tensor, shared(make_array(inner, declaration, seeds[id(inner)])))

    # Fields.

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            layer = self.__dict__.get("_layer")
            if layer is None:
                raise
            return self._field_or_array(layer, name)

    def _field_or_array(self, layer: Any, name: str) -> Any:
        """A field or tensor by our name or PyTorch's; None for a tensor that is declared away."""
        names = self._names
        if name in layer.declared or name in names.ours:
            own = names.ours.get(name, name)
            absent = not layer.is_present(layer.declared[own])
            return None if absent else super().__getattr__(self._name(own))
        read = names.reader(name, layer)
        return super().__getattr__(name) if read is None else read(layer)

    def __setattr__(self, name: str, value: Any) -> None:
        layer = self.__dict__.get("_layer")
        field = None
        if layer is not None and name not in self._modules and name not in self._parameters:
            renamed = self._names.field_named(name)
            own = name if renamed is None else renamed.field
            field = next((field for field in layer.fields if field.name == own), None)
            value = value if field is None or renamed is None else renamed.to_ours(value)
        if layer is None or field is None:
            super().__setattr__(self._name(name), value)
        else:
            setattr(layer, field.name, as_field(field, value))
            self._prepare()

    def extra_repr(self) -> str:
        known = vars(self._layer)
        parts: list[str] = []
        for field in self._layer.fields:
            if field.name in known:
                value = self._names.shown(field.name, known[field.name])
                if not layers_in(value, ""):
                    parts.append(f"{field.name}={_format(value)}")
                elif isinstance(value, tuple):
                    others = [
                        f"{field.name}.{n}={_format(item)}"
                        for n, item in enumerate(value)
                        if not layers_in(item, "")
                    ]
                    parts += others
        return ", ".join(parts)

    # Copies.

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        state.update(_source=None, _calls=None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._prepare()


class Members(Module):
    """The layers in a tuple or dict of a layer, under their numbers or names."""

    def __getitem__(self, key: int | str) -> Any:
        return self._modules[str(key)]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())


def _attach(module: Module, path: str, child: Module) -> None:
    *outer, name = path.split(".")
    for part in outer:
        if part not in module._modules:  # add_module refuses names of fields
            module._modules[part] = Members()
        inner: Any = module._modules[part]
        module = inner
    module._modules[name] = child


def _stored(layer: Any) -> Iterator[tuple[str, Declaration]]:
    """The parameters and states that a module stores, without random keys."""
    for name, declaration in layer.declared.items():
        if layer.is_present(declaration) and not isinstance(declaration, RandomKey):
            yield name, declaration


def _random_keys(layer: Any) -> list[str]:
    """The random keys, which are drawn from PyTorch's generator for each call."""
    declared = layer.declared.items()
    return [n for n, each in declared if isinstance(each, RandomKey) and layer.is_present(each)]


def _random_seed() -> int:
    return int(torch.randint(2**63 - 1, (), dtype=torch.int64, device="cpu"))


def _spec(value: Any) -> Any:
    return spec(value) if isinstance(value, torch.Tensor) else value


def _format(value: Any) -> str:
    return getattr(value, "__name__", None) or repr(value)


def layer_form(definition: Any) -> Any:
    """The class of modules of a layer's class; of a layer, its module."""
    if isinstance(definition, type):
        _check_names(definition)
        shown = field_parameters(definition, definition.fields)
        shown += [keyword(name, None) for name in ("seed", "device", "dtype")]
        inner = read_signature(definition.forward, definition.__name__, skip=1)
        given = [each for each in shown_arguments(inner) if each.name != "training"]
        forward = with_arguments(LayerModule.forward, [*given, keyword("training", None)])
        names = names_of(LAYERS, definition)
        return make_form(LayerModule, definition, shown, forward=forward, _names=names)
    return _module_of(definition)


def _check_names(definition: Any) -> None:
    """Raises where a parameter or state would shadow an attribute of torch.nn.Module."""
    for name in definition.declared:
        if name == "training" or hasattr(LayerModule, name):
            what = f"the name of torch.nn.Module.{name}, and cannot be a tensor of a module"
            raise taken_name(definition.__name__, name, what, location_of(definition))


def _module_of(source: Layer) -> LayerModule:
    make_missing(source)  # where sizes are known
    layer = copy.deepcopy(source)
    walked: tuple[Any, Any] = layer.walk(), source.walk()
    sources: dict[int, Any] = {
        id(mine): theirs for (mine, _), (theirs, _) in zip(*walked, strict=True)
    }
    for mine, _ in walked[0]:
        mine.drop_arrays()
    module: Any = object.__new__(type(source).torch)
    given = _SharedFactory(sources, seeds_of(source))
    module._adopt(layer, given, {}, sources)
    given.release()
    return module


class _SharedFactory(Factory):
    """Tensors that share the memory of a layer's arrays; None for an array not made yet."""

    def __init__(self, sources: dict[int, Any], seeds: dict[int, Any]) -> None:
        super().__init__("cpu", None, seeds)
        self._sources = sources

    def release(self) -> None:
        """Drop the references to the layers, which their modules must not keep alive."""
        self._sources = {}

    def kind(self, layer: Any, declaration: Any) -> Any:
        return THEIRS[declaration.data_type(layer)]

    def tensor(self, layer: Any, declaration: Any) -> Any:
        array = self._sources[id(layer)]._arrays.get(declaration.name)
        return None if array is None else shared(array)
