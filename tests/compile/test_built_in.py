"""Python functions compiled by LLVM: references, errors, and fallback calls to Python."""

from __future__ import annotations

import gc
import sys
import threading
from types import FunctionType
from typing import Any

import pytest

from dovetail.compile.cpu import built_in as module
from dovetail.compile.cpu.built_in import VECTORCALL, Body, accelerate, as_method, built_in

pytestmark = pytest.mark.skipif(not module.objects_are_known(), reason="CPython only")


def called() -> str:
    """(function, x) -> function(x), but 7 where there is no x."""
    body = Body("called")
    body.decline_if(body.line("icmp ne i64 %count, 2"))
    body.result(body.call("PyObject_CallOneArg", body.argument(0), body.argument(1)))
    body.label("declined")
    body.result("%bound")
    return body.text()


def test_values_errors_and_what_is_declined() -> None:
    seven = 7.0
    function = built_in(called(), "called", seven)
    assert function(abs, -3) == 3
    assert function(abs) is seven
    with pytest.raises(TypeError, match="bad operand"):
        function(abs, "text")
    with pytest.raises(ZeroDivisionError):
        function(lambda x: 1 / x, 0)
    with pytest.raises(TypeError, match="keyword"):
        function(abs, x=1)


def test_references_are_kept_in_balance() -> None:
    bound, argument, result = object(), object(), object()
    function = built_in(called(), "called", bound)

    def give(_: object) -> object:
        return result

    def fail(_: object) -> object:
        raise KeyError("none")

    counted = (bound, argument, result, give, fail)
    before = [sys.getrefcount(value) for value in counted]
    for _ in range(1000):
        assert function(give, argument) is result
        assert function(give) is bound
        with pytest.raises(KeyError, match="none"):
            function(fail, argument)
    gc.collect()
    assert [sys.getrefcount(value) for value in counted] == before


def test_the_bound_object_goes_with_the_function() -> None:
    class Bound:
        pass

    bound = Bound()
    before = sys.getrefcount(bound)
    functions = [built_in(called(), "called", bound) for _ in range(5)]
    assert sys.getrefcount(bound) == before + 5
    del functions
    gc.collect()
    assert sys.getrefcount(bound) == before


def test_a_method_gets_its_object() -> None:
    class Kind:
        method = as_method(built_in(called(), "called", None))

        def __call__(self, x: int) -> int:
            return x + 1

    assert Kind().method(4) == 5


# Code before a function in Python.


def _first(name: str) -> str:
    """Returns the positional argument if it is None; otherwise calls the function."""
    body = Body(name, VECTORCALL)
    none = body.external(module.define_object("dovetail_test_none", None))
    body.decline_if(body.line(f"icmp ne i64 %count, {1}"))
    body.decline_if(body.line("icmp ne ptr %names, null"))
    body.decline_if(body.line(f"icmp ne ptr {body.argument(0)}, {none}"))
    body.result(none)
    body.label("declined")
    original = f"@{name}_in_python"
    body.give(body.line(f"call ptr {original}({VECTORCALL})"))
    return f"{body.text()}declare ptr {original}(ptr, ptr, i64, ptr)\n"


def test_a_function_is_accelerated() -> None:
    seen: list[Any] = []

    def function(*args: Any, **named: Any) -> Any:
        seen.append((args, named))
        if args == ("bad",):
            raise KeyError(args)
        return args, named

    def other(x: Any) -> Any:
        return x

    assert accelerate(function, _first("dovetail_test_first"), "dovetail_test_first")
    call: Any = map  # a caller in C, which goes through the native code

    assert list(call(function, [None])) == [None]
    assert seen == []
    assert list(call(function, [3])) == [((3,), {})]
    assert function(*(None, 2), x=1) == ((None, 2), {"x": 1})
    with pytest.raises(KeyError):
        list(call(function, ["bad"]))
    assert list(call(other, [5])) == [5]
    assert len(seen) == 3


def test_methods_and_subclasses_are_accelerated_too() -> None:
    calls: list[Any] = []

    class Kind:
        def __call__(self, *args: Any) -> Any:
            calls.append(args)
            return args

    class Below(Kind):
        pass

    function: Any = Kind.__call__
    name = "dovetail_test_method"
    body = Body(name, VECTORCALL)
    body.decline_if(body.line("icmp ne i64 %count, 9223372036854775810"))  # self, x, and a flag
    body.result(body.argument(1))
    body.label("declined")
    body.give(body.line(f"call ptr @{name}_in_python({VECTORCALL})"))
    text = f"{body.text()}declare ptr @{name}_in_python(ptr, ptr, i64, ptr)\n"
    assert isinstance(function, FunctionType)
    assert accelerate(function, text, name)
    for kind in (Kind, Below):
        taken = kind()(4)
        assert taken in (4, (4,))  # Python may or may not set the flag
        assert kind()(4, 5) == (4, 5)


def test_a_strange_function_object_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "objects_are_known", lambda: False)

    def function() -> int:
        return 3

    assert not accelerate(function, "", "nothing")
    assert function() == 3


def test_many_threads() -> None:
    function = built_in(called(), "called", None)
    wrong: list[int] = []

    def work(seed: int) -> None:
        for number in range(2000):
            if function(abs, -number - seed) != number + seed:
                wrong.append(number)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []
