"""Parameters that a manifest declares: values of a stack, defaults, and what is computed from them."""

from pathlib import Path

import pytest

from flinksql.errors import BundleError
from flinksql.sql import read_bundle
from flinksql.sql.expressions import ExpressionError, evaluate, names_of
from flinksql.sql.parameters import ParametersError, topic_functions


def values(tmp_path: Path, declared: str, *names: str, **given: str) -> dict[str, str]:
    """Return the values that SQL gets which reads `names`."""
    columns = ", ".join(f"'${{{name}}}' AS {name}" for name in names) or "1 AS one"
    (tmp_path / "v.sql").write_text(f"CREATE VIEW v AS SELECT {columns}", encoding="utf-8")
    (tmp_path / "bundle.yaml").write_text(f"parameters:\n{declared}\n", encoding="utf-8")
    read = read_bundle(tmp_path, {}, tmp_path, given=given, functions=topic_functions(lambda _topic: 3))
    return {name: read.values[name] for name in names}


@pytest.mark.parametrize(
    ("declared", "given", "value"),
    [
        pytest.param("  a: {default: x}", {}, "x", id="a default"),
        pytest.param("  a: {default: x}", {"a": "y"}, "y", id="a value"),
        pytest.param("  a: {default: ''}", {}, "", id="an empty default"),
        pytest.param("  a: {}", {"a": "y"}, "y", id="a value that is needed"),
        pytest.param("  a: {type: integer, default: 1}", {"a": "10.0"}, "10", id="a number as the engine writes it"),
        pytest.param("  a: {type: number, default: 1}", {"a": "0.25"}, "0.25", id="a fraction"),
        pytest.param("  a: {type: number, default: 2}", {"a": "-3"}, "-3", id="a whole number below zero"),
        pytest.param("  a: {type: boolean, default: false}", {"a": "true"}, "true", id="a yes"),
        pytest.param("  a: {allowed: [x, y], default: x}", {"a": "y"}, "y", id="one of several"),
        pytest.param("  a: {pattern: '[A-Z]{3}', default: EUR}", {"a": "USD"}, "USD", id="a text of a form"),
    ],
)
def test_a_value_reaches_the_sql(tmp_path: Path, declared: str, given: dict[str, str], value: str) -> None:
    assert values(tmp_path, declared, "a", **given) == {"a": value}


@pytest.mark.parametrize(
    ("declared", "given", "message"),
    [
        pytest.param("  a: {}", {}, "needs a value: a text", id="no value"),
        pytest.param("  a: {type: integer, default: 1, minimum: 1, maximum: 60}", {"a": "0"}, "from 1 to 60", id="below"),
        pytest.param("  a: {type: integer, default: 1, minimum: 1}", {"a": "0"}, "a whole number of 1 or more", id="no upper bound"),
        pytest.param("  a: {type: integer, default: 1}", {"a": "1.5"}, "it is '1.5' and must be a whole number", id="a fraction"),
        pytest.param("  a: {type: number, default: 1}", {"a": "nan"}, "must be a number", id="no number"),
        pytest.param("  a: {type: boolean, default: true}", {"a": "yes"}, "true or false", id="yes"),
        pytest.param("  a: {allowed: [x, y], default: x}", {"a": "z"}, "must be x or y", id="none of several"),
        pytest.param("  a: {pattern: '[A-Z]{3}', default: EUR}", {"a": "usd"}, r"matches \[A-Z\]\{3\}", id="another form"),
        pytest.param("  currency: {default: x}", {"curency": "z"}, "no parameter curency. Did you mean currency", id="misspelt"),
        pytest.param("  a: {default: x}\n  b: {value: a}", {"b": "z"}, "it cannot be set", id="a computed one"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_is_allowed(tmp_path: Path, declared: str, given: dict[str, str], message: str) -> None:
    with pytest.raises(ParametersError, match=message):
        values(tmp_path, declared, "a", **given)


def test_all_values_that_cannot_be_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(ParametersError) as caught:
        values(tmp_path, "  a: {type: integer, default: 1}\n  b: {}", "a", a="x", c="y")
    assert [one.name for one in caught.value.mistakes] == ["c", "a", "b"]


WINDOW = """\
  seconds: {type: integer, default: 60}
  beats: {type: boolean, default: true}
  step: {type: integer, value: ceil(seconds / 30)}
  hold: {type: integer, value: step * ceil((seconds + 5) / step)}
  keys: {value: "partition_keys('t', 'k-') if beats else ''"}
"""


@pytest.mark.parametrize(
    ("seconds", "step", "hold"),
    [
        pytest.param("1", "1", "6", id="shortest"),
        pytest.param("10", "1", "15", id="ten seconds"),
        pytest.param("60", "2", "66", id="a minute"),
        pytest.param("3600", "120", "3720", id="an hour"),
        pytest.param("86400", "2880", "89280", id="longest"),
    ],
)
def test_a_computed_parameter_follows_those_behind_it(tmp_path: Path, seconds: str, step: str, hold: str) -> None:
    found = values(tmp_path, WINDOW, "seconds", "step", "hold", "keys", seconds=seconds)
    assert (found["step"], found["hold"]) == (step, hold)
    assert len(found["keys"].split(",")) == 3


def test_a_condition_chooses(tmp_path: Path) -> None:
    assert values(tmp_path, WINDOW, "hold", "keys", beats="false")["keys"] == ""


@pytest.mark.parametrize(
    ("declared", "place", "message"),
    [
        pytest.param("  a: {value: b + 1}", "2:7", "there is no parameter b", id="nothing of that name"),
        pytest.param("  a: {type: integer, value: a + 1}", "2:22", "computed from itself", id="itself"),
        pytest.param("  a: {value: b}\n  b: {value: a}", "2:7", "computed from itself", id="each other"),
        pytest.param("  a: {value: '1 +'}", "2:7", "it is no expression", id="half an expression"),
        pytest.param("  a: {type: integer, value: 1 / 0}", "2:22", "cannot be calculated: division by zero", id="by zero"),
        pytest.param("  a: {type: integer, value: 1 / 2}", "2:22", "comes to 0.5 and must be a whole number", id="another type"),
        pytest.param("  a: {value: \"open('/etc/passwd')\"}", "2:7", "cannot be called", id="a function of Python"),
        pytest.param("  a: {value: \"''.__class__\"}", "2:7", "is not allowed", id="an attribute"),
        pytest.param("  a: {type: integer, value: 9 ** 9}", "2:22", "is not allowed", id="a power"),
        pytest.param("  a: {type: integer, value: 999999999999 * 999999999999}", "2:22", "too large", id="a large number"),
        pytest.param("  a: {value: \"'x' * 5\"}", "2:7", "is no number", id="a text times a number"),
        pytest.param("  a: {default: 1}", "2:3", "1 is not a text", id="a default of another type"),
        pytest.param("  a: {type: integer, default: 5, maximum: 3}", "2:3", "5 is not a whole number of 3 or less", id="above its bound"),
        pytest.param("  a: {default: x, minimum: 3}", "2:3", "are for numbers", id="a bound of a text"),
        pytest.param("  a: {default: x, pattern: '['}", "2:3", "no regular expression", id="a pattern"),
        pytest.param("  a: {default: x, value: b}", "2:3", "keep one of them", id="given and computed"),
        pytest.param("  a: {default: x}\n  b: {default: y}", "3:3", "no statement reads ${b}", id="read by nothing"),
        pytest.param("  a: {default: 2020-01-01}", "2:7", "put anything else in quotes", id="a date"),
    ],
)
def test_a_wrong_declaration_is_told_at_its_place(tmp_path: Path, declared: str, place: str, message: str) -> None:
    with pytest.raises(BundleError) as caught:
        values(tmp_path, declared, "a")
    problem = caught.value.problems[0]
    assert f"bundle.yaml:{place}: parameters." in str(problem), str(problem)
    assert message in problem.problem


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("a + 1", 3, id="a sum"),
        pytest.param("-a % 5", 3, id="a remainder, as Python has it"),
        pytest.param("a // 2 == 1 and not b", True, id="conditions"),
        pytest.param("text(a) + ' s'", "2 s", id="a text"),
        pytest.param("min(a, 1)", 1, id="the least"),
    ],
)
def test_an_expression_is_calculated(expression: str, value: object) -> None:
    assert evaluate(expression, {"a": 2, "b": False}, {}) == value


def test_names_of_functions_are_no_parameters() -> None:
    assert names_of("ceil(a / min(b, 2))") == {"a", "b"}


@pytest.mark.parametrize("expression", [pytest.param("1" * 600, id="long"), pytest.param("(" * 400 + "1" + ")" * 400, id="deep")])
def test_an_expression_has_bounds(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, {}, {})
