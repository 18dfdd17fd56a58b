"""Texts with fields of a record."""

import pytest

from flinksql.sql.templates import field_template, parse_template

FIELDS = {
    "name": "Lamp",
    "price": 3.6666,
    "count": 12_000,
    "open": True,
    "none": None,
    "tags": ["a"],
    "raw": '{"a": {"b": "deep"}}',
    "größe": 4,
    "Machine Id": "m",
    "a.b|c:d": 5.25,
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        pytest.param("{name}", "Lamp", id="a field"),
        pytest.param("{name}: {count:,d} at {price:.2f}", "Lamp: 12,000 at 3.67", id="formats of numbers"),
        pytest.param("{raw.a.b}", "deep", id="a field of JSON in a field"),
        pytest.param("{none|missing|name}", "Lamp", id="the first that is there"),
        pytest.param("{none|'no name'}", "no name", id="a text for nothing"),
        pytest.param("{missing}", "-", id="nothing"),
        pytest.param("{name.below}", "-", id="a field of a text"),
        pytest.param("{open} {tags}", 'true ["a"]', id="other values"),
        pytest.param("{name:.2f}", "Lamp", id="a format for a text"),
        pytest.param("{price:d}", "3.6666", id="a format that does not fit"),
        pytest.param("plain", "plain", id="no field"),
        pytest.param("{größe}", "4", id="letters of other alphabets"),
        pytest.param("{`Machine Id`} {`a.b|c:d`:.1f}", "m 5.2", id="names in backticks"),
        pytest.param("{nothing|`Machine Id`}", "m", id="a name in backticks as the second choice"),
    ],
)
def test_a_template_is_filled_in(template: str, text: str) -> None:
    assert parse_template(template).text(FIELDS) == text


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{a", id="open"),
        pytest.param("a}", id="closed"),
        pytest.param("{}", id="empty"),
        pytest.param("{a b}", id="two words"),
        pytest.param("{`a b}", id="a backtick alone"),
        pytest.param("{a!r}", id="a conversion"),
        pytest.param("{a:>9999999999}", id="a width without bound"),
        pytest.param("{a[0]}", id="an index"),
    ],
)
def test_a_wrong_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"field|brace|format"):
        parse_template(template)


@pytest.mark.parametrize("name", ["name", "raw.a.b", "Machine Id", "größe", "a.b|c:d"])
def test_every_name_has_a_template(name: str) -> None:
    assert parse_template(field_template(name)).text(FIELDS) != "-"
