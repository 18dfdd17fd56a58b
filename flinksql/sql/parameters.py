"""Parameters that a manifest declares, with the values that a stack gives them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flinksql.errors import BundleError, StatementError
from flinksql.kafka.partitioning import keys_of_partitions
from flinksql.sql.expressions import FUNCTIONS, ExpressionError, Value, evaluate, names_of, texts_given_to
from flinksql.sql.manifest import Manifest, ParameterManifest
from flinksql.sql.manifest_reader import Key, guess, manifest_problem
from flinksql.sql.parameter_types import ParameterType, allowed_text, conforms, parse, written

PARTITION_KEYS = "partition_keys"
PARTITIONS = "partitions"
OF_TOPICS = (PARTITION_KEYS, PARTITIONS)
"""Functions whose first argument is a topic."""

Functions = Mapping[str, Callable[..., Value]]


@dataclass(frozen=True, kw_only=True)
class ParameterProblem:
    """A value that a stack gives and that cannot be. `message` says what is allowed; `example` is a value, empty for no such parameter."""

    name: str
    message: str
    example: str = ""


class ParametersError(Exception):
    """Values of a stack that a bundle does not take. Holds all of them."""

    def __init__(self, mistakes: list[ParameterProblem]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(f"{one.name}: {one.message}" for one in mistakes))


def topic_functions(partitions: Callable[[str], int]) -> Functions:
    """Return the functions about topics. `partitions` tells how many a topic has; it may raise ExpressionError."""

    def partition_keys(topic: Value, prefix: Value) -> str:
        return ",".join(keys_of_partitions(partitions(str(topic)), str(prefix)))

    return {PARTITIONS: lambda topic: partitions(str(topic)), PARTITION_KEYS: partition_keys}


def parameter_values(manifest: Manifest, given: Mapping[str, str], bundle: str) -> dict[str, Value]:
    """Return the value of each parameter that is not computed: what the stack gives, else the default.

    Raises ParametersError with every mistake; `bundle` is its name, for messages.
    """
    mistakes = [_unknown(manifest, name, bundle) for name in sorted(given) if name not in _settable(manifest)]
    values: dict[str, Value] = {}
    for name, declared in _settable(manifest).items():
        value = _value(declared, given.get(name))
        if value is None:
            mistakes.append(ParameterProblem(name=name, message=_refusal(declared, given.get(name), bundle), example=_example(declared)))
        else:
            values[name] = value
    if mistakes:
        raise ParametersError(mistakes)
    return values


def computed_parameters(
    manifest: Manifest, values: Mapping[str, Value], functions: Functions, folder: Path, shown_folder: str
) -> dict[str, str]:
    """Return the text of each parameter, computed ones among them where `values` has none for them.

    Raises BundleError with every expression that is wrong.
    """
    wrong = [_at(folder, shown_folder, where, message) for where, message in _expression_problems(manifest)]
    if wrong:
        raise BundleError(wrong)
    known = dict(values)
    for name in (one for one in _computed_in_order(manifest) if one not in values):
        declared = manifest.parameters[name]
        where: Key = ("parameters", name, "value")
        try:
            value = evaluate(declared.value, known, functions)
        except ExpressionError as error:
            raise BundleError([_at(folder, shown_folder, where, str(error))]) from None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not conforms(declared, value):
            raise BundleError([_at(folder, shown_folder, where, f"it comes to {value!r} and must be {allowed_text(declared)}")])
        known[name] = value
    return {name: written(value) for name, value in known.items()}


def unread_parameters(folder: Path, shown_folder: str, manifest: Manifest, used: frozenset[str]) -> list[StatementError]:
    """Return a problem for each declared parameter that nothing reads: to set it would change nothing. `used` are the names in SQL."""
    read = used.union(*(names_of(one.value) for one in manifest.parameters.values() if one.value), _names_in_demo(manifest))
    return [
        _at(folder, shown_folder, ("parameters", name), f"no statement reads ${{{name}}}: remove it")
        for name in sorted(manifest.parameters)
        if name not in read
    ]


def topics_in_expressions(manifest: Manifest) -> list[tuple[Key, str]]:
    """Return the topics that expressions name, each with its place. Expressions must be readable."""
    return [
        (("parameters", name, "value"), topic)
        for name, declared in sorted(manifest.parameters.items())
        if declared.value
        for function in OF_TOPICS
        for topic in texts_given_to(declared.value, function)
    ]


def _settable(manifest: Manifest) -> dict[str, ParameterManifest]:
    return {name: one for name, one in manifest.parameters.items() if not one.value}


def _value(declared: ParameterManifest, text: str | None) -> Value | None:
    value: Value | None = declared.default if text is None else parse(text, declared.type)
    return value if value is not None and conforms(declared, value) else None


def _refusal(declared: ParameterManifest, text: str | None, bundle: str) -> str:
    allowed = allowed_text(declared)
    return f"bundle {bundle} needs a value: {allowed}" if text is None else f"it is {text[:60]!r} and must be {allowed}"


def _example(declared: ParameterManifest) -> str:
    by_type = {ParameterType.BOOLEAN: "true", ParameterType.INTEGER: "1", ParameterType.NUMBER: "1", ParameterType.STRING: "..."}
    known = (declared.default, *declared.allowed, declared.minimum, declared.maximum)
    return next((written(one) for one in known if one is not None), by_type[declared.type])


def _unknown(manifest: Manifest, name: str, bundle: str) -> ParameterProblem:
    if name in manifest.parameters:
        return ParameterProblem(name=name, message=f"bundle {bundle} computes it from other parameters: it cannot be set")
    known = sorted(_settable(manifest))
    message = f"bundle {bundle} has no parameter {name}.{guess(name, known)} It has: {', '.join(known) or 'none'}"
    return ParameterProblem(name=name, message=message)


def _at(folder: Path, shown_folder: str, where: Key, message: str) -> StatementError:
    return manifest_problem(folder, shown_folder, where, f"{'.'.join(map(str, where))}: {message}")


def _expression_problems(manifest: Manifest) -> Iterator[tuple[Key, str]]:
    expressions: list[tuple[Key, str]] = [(("parameters", name, "value"), one.value) for name, one in sorted(manifest.parameters.items())]
    unreadable = False
    for where, expression in [*expressions, (("demo", "within_seconds"), str(manifest.demo.within_seconds))]:
        message = _expression_problem(manifest, expression) if expression else ""
        unreadable = unreadable or bool(message)
        if message:
            yield where, message
    if not unreadable:
        computed = [name for name, one in sorted(manifest.parameters.items()) if one.value]
        yield from ((("parameters", name, "value"), "it is computed from itself") for name in computed if name in _behind(manifest, name))


def _expression_problem(manifest: Manifest, expression: str) -> str:
    """Return what is wrong with an expression that nobody has calculated yet; empty when nothing is."""
    known = sorted(manifest.parameters)
    try:
        unknown = sorted(names_of(expression).difference(known))
    except ExpressionError as error:
        return str(error)
    if not unknown:
        return ""
    return f"there is no parameter {unknown[0]}.{guess(unknown[0], [*known, *FUNCTIONS])} There are: {', '.join(known) or 'none'}"


def _names_in_demo(manifest: Manifest) -> frozenset[str]:
    return names_of(str(manifest.demo.within_seconds))


def _behind(manifest: Manifest, name: str) -> frozenset[str]:
    """Return all parameters that a computed one is computed from, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        declared = manifest.parameters.get(waiting.pop())
        if declared is not None and declared.value:
            more = names_of(declared.value) - found
            found |= more
            waiting += more
    return frozenset(found)


def _computed_in_order(manifest: Manifest) -> list[str]:
    """Return the computed parameters, each after those that it reads. There is no cycle."""
    computed = [name for name, one in manifest.parameters.items() if one.value]
    return sorted(computed, key=lambda name: (len(_behind(manifest, name) & set(computed)), name))
