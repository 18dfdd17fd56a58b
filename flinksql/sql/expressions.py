"""Expressions of a manifest: arithmetic, comparisons and choices over parameters, in Python's notation.

Only what is listed here is evaluated. There is no attribute, no index and no call but those of the given functions, so an expression can
read nothing and reach nothing. Numbers and texts are bounded.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from math import ceil, floor

Value = str | int | float | bool

LONGEST = 500
"""Characters of an expression."""
LONGEST_TEXT = 10_000
LARGEST_NUMBER = 10**18
_ARITHMETIC: Mapping[type[ast.operator], Callable[..., Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[..., bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
FUNCTIONS: Mapping[str, Callable[..., Value]] = {"ceil": ceil, "floor": floor, "min": min, "max": max, "round": round, "text": str}
"""What every expression may call."""


class ExpressionError(Exception):
    """An expression that cannot be read or evaluated. The text says why, for its author."""


def names_of(expression: str) -> frozenset[str]:
    """Return the names of the parameters that an expression reads. Raises ExpressionError when it cannot be read."""
    tree = _parsed(expression)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)


def texts_given_to(expression: str, function: str) -> tuple[str, ...]:
    """Return the texts that stand as first argument of calls of a function."""
    calls = (node for node in ast.walk(_parsed(expression)) if isinstance(node, ast.Call) and _called(node) == function)
    first = (node.args[0] for node in calls if node.args)
    return tuple(str(node.value) for node in first if isinstance(node, ast.Constant))


def evaluate(expression: str, names: Mapping[str, Value], functions: Mapping[str, Callable[..., Value]]) -> Value:
    """Return what an expression comes to. Raises ExpressionError."""
    try:
        return _Evaluation(names, {**FUNCTIONS, **functions}).value(_parsed(expression).body)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ExpressionError(f"it cannot be calculated: {error}") from None


def _parsed(expression: str) -> ast.Expression:
    if len(expression) > LONGEST:
        raise ExpressionError(f"it is longer than {LONGEST} characters")
    try:
        return ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"it is no expression ({getattr(error, 'msg', 'too deep')})") from None


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


class _Evaluation:
    """One walk over a tree."""

    def __init__(self, names: Mapping[str, Value], functions: Mapping[str, Callable[..., Value]]) -> None:
        self._names = names
        self._functions = functions

    def value(self, node: ast.expr) -> Value:
        """Return what a part of the expression comes to."""
        found = self._value(node)
        if isinstance(found, str) and len(found) > LONGEST_TEXT:
            raise ExpressionError(f"it makes a text longer than {LONGEST_TEXT} characters")
        if not isinstance(found, str) and abs(found) > LARGEST_NUMBER:
            raise ExpressionError("it makes a number that is too large")
        return found

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=str() | int() | float() | bool() as constant):
                return constant
            case ast.Name(id=name):
                return self._name(name)
            case ast.IfExp(test=test, body=body, orelse=other):
                return self.value(body if self.value(test) else other)
            case ast.Call():
                return self._call(node)
            case _:
                return self._operation(node)

    def _operation(self, node: ast.expr) -> Value:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return self._arithmetic(op, self.value(left), self.value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -_number(self.value(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self.value(operand)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                return _COMPARISONS[type(op)](self.value(left), self.value(right))
            case ast.BoolOp(op=op, values=values):
                held = (bool(self.value(one)) for one in values)
                return all(held) if isinstance(op, ast.And) else any(held)
            case _:
                raise ExpressionError(
                    f"`{ast.unparse(node)[:60]}` is not allowed: write numbers, texts, parameters, + - * / // %, "
                    "comparisons, and, or, not, `a if b else c` and calls of functions"
                )

    def _name(self, name: str) -> Value:
        if name not in self._names:
            raise ExpressionError(f"there is no parameter {name}")
        return self._names[name]

    def _call(self, node: ast.Call) -> Value:
        function = self._functions.get(_called(node))
        if function is None or node.keywords:
            raise ExpressionError(f"`{ast.unparse(node)[:60]}` cannot be called. Functions: {', '.join(sorted(self._functions))}")
        return function(*(self.value(one) for one in node.args))

    def _arithmetic(self, op: ast.operator, left: Value, right: Value) -> Value:
        if isinstance(op, ast.Add) and isinstance(left, str) and isinstance(right, str):
            return left + right
        return _ARITHMETIC[type(op)](_number(left), _number(right))


def _number(value: Value) -> int | float:
    if isinstance(value, str | bool):
        raise ExpressionError(f"{value!r} is no number; text(...) makes a text of a number")
    return value
