"""Native code as functions and methods of Python: references, errors, bound objects."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
from typing import Any

import pytest

from dovetail.compile.cpu import built_in as module
from dovetail.compile.cpu import native
from dovetail.compile.cpu.built_in import as_method, built_in, built_in_method, with_vectorcall

pytestmark = pytest.mark.skipif(not module.objects_are_known(), reason="CPython only")

# (function, x) -> function(x), but the bound object where there is no x. As a vectorcall of a
# function, or as a method: the same with the object in place of the first argument.
CALLED = """
declare ptr @PyObject_Vectorcall(ptr, ptr, i64, ptr)
declare void @Py_IncRef(ptr)

define ptr @called(ptr %bound, ptr %arguments, i64 %count) {
  %two = icmp eq i64 %count, 2
  br i1 %two, label %both, label %one
both:
  %function = load ptr, ptr %arguments
  %rest = getelementptr ptr, ptr %arguments, i64 1
  %result = call ptr @PyObject_Vectorcall(ptr %function, ptr %rest, i64 1, ptr null)
  ret ptr %result
one:
  call void @Py_IncRef(ptr %bound)
  ret ptr %bound
}

define ptr @first(ptr %bound, ptr %arguments, i64 %count, ptr %names) {
  %some = icmp eq i64 %count, 0
  %named = icmp ne ptr %names, null
  %other = or i1 %some, %named
  br i1 %other, label %itself, label %given
given:
  %argument = load ptr, ptr %arguments
  call void @Py_IncRef(ptr %argument)
  ret ptr %argument
itself:
  call void @Py_IncRef(ptr %bound)
  ret ptr %bound
}
"""


def address(name: str) -> int:
    for function in ("PyObject_Vectorcall", "Py_IncRef"):
        place = ctypes.c_char.in_dll(ctypes.pythonapi, function)
        native.define_symbol(function, ctypes.addressof(place))
    return native.load(CALLED).address(name)


def called() -> int:
    return address("called")


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


# Methods, and code before a function in Python.


def test_a_method_as_classes_in_c_have_it() -> None:
    class Kind:
        pass

    class Below(Kind):
        pass

    Kind.__call__ = built_in_method(address("first"), "__call__", Kind)  # type: ignore[attr-defined]
    for kind in (Kind, Below):
        one: Any = kind()
        assert one(4) == 4
        assert one() is one
        assert one(x=4) is one
        assert one.__call__(5, 6) == 5
    with pytest.raises(TypeError, match="descriptor"):
        Kind.__call__(3)  # type: ignore[operator]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PyFunction_SetVectorcall is new in 3.12")
def test_code_before_a_function() -> None:
    def function(*args: Any, **named: Any) -> Any:
        return args, named

    made = with_vectorcall(function, address("first"))
    assert (made.__name__, made.__qualname__) == (function.__name__, function.__qualname__)
    assert list(map(made, [None])) == [None]
    assert made(x=1) is made
    assert function(3) == ((3,), {})  # the function itself is as it was


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
