"""What a benchmark says of its measurements: medians, ratios, goals, the order of the sides, the printed words."""

import io
import json

import pytest
from rich.console import Console

from benchmarks.comparison import Comparison, Measurement, Report, alternate, measured, number
from benchmarks.presentation import lines, show, table, verdict


def seconds(*values: float) -> Measurement:
    return Measurement(label="side", unit="s", values=values)


@pytest.mark.parametrize(
    ("values", "middle"),
    [
        pytest.param((3.0,), 3.0, id="one value"),
        pytest.param((1.0, 3.0, 100.0), 3.0, id="a disturbed repetition does not count"),
        pytest.param((4.0, 2.0), 3.0, id="two values meet in the middle"),
    ],
)
def test_the_median_stands_for_a_side(values: tuple[float, ...], middle: float) -> None:
    assert seconds(*values).median == middle


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(0.1234, "0.123", id="small"),
        pytest.param(12.345, "12.3", id="middle"),
        pytest.param(1174.4, "1174", id="no exponent"),
        pytest.param(38680.0, "38680", id="large"),
    ],
)
def test_a_number_is_written_as_people_do(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("ours", "theirs", "goal", "figure", "reached"),
    [
        pytest.param(seconds(3.0), seconds(6.0), 0.5, 0.5, True, id="the goal itself is reached"),
        pytest.param(seconds(4.0), seconds(6.0), 0.5, 4 / 6, False, id="above the goal"),
        pytest.param(seconds(900.0), None, 1000, 900.0, True, id="a figure without another side"),
        pytest.param(seconds(1.0), seconds(4.0), None, 0.25, None, id="no goal, no verdict"),
    ],
)
def test_a_figure_is_compared_with_its_goal(
    ours: Measurement, theirs: Measurement | None, goal: float | None, figure: float, reached: bool | None
) -> None:
    comparison = Comparison(name="x", ours=ours, theirs=theirs, goal=goal)
    assert comparison.figure == pytest.approx(figure)
    assert comparison.reached is reached


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        pytest.param(
            Comparison(name="x", ours=seconds(1.0), theirs=seconds(2.0), goal=0.6), "ratio 0.5, goal at most 0.6: reached", id="reached"
        ),
        pytest.param(
            Comparison(name="x", ours=seconds(2.0), theirs=seconds(2.0), goal=0.6), "ratio 1, goal at most 0.6: missed", id="missed"
        ),
        pytest.param(Comparison(name="x", ours=seconds(2.0)), "figure 2 s, no goal", id="nothing to compare with"),
    ],
)
def test_the_verdict_is_said_in_words(comparison: Comparison, words: str) -> None:
    assert verdict(comparison) == words


def test_the_sides_take_turns_in_beginning() -> None:
    order: list[str] = []

    def side(name: str, value: float) -> float:
        order.append(name)
        return value

    ours, theirs = alternate(3, lambda: side("ours", 1.0), lambda: side("theirs", 2.0))
    assert order == ["ours", "theirs", "theirs", "ours", "ours", "theirs"]
    assert ours == (1.0, 1.0, 1.0)
    assert theirs == (2.0, 2.0, 2.0)


def report() -> Report:
    comparison = Comparison(name="[x]", ours=seconds(1.0, 2.0, 3.0), theirs=seconds(4.0), goal=0.6, notes=("a note",))
    return Report(benchmark="b", comparisons=(comparison,), load_before=0.5, load_after=1.5, cores=2)


def test_a_report_shows_both_sides_every_value_and_the_load() -> None:
    text = "\n".join(lines(report()))
    for part in ("[x]: ratio 0.5", "side: 2 s (1, 2, 3)", "side: 4 s", "a note", "load average 0.5 before, 1.5 after, on 2 cores"):
        assert part in text


def test_brackets_in_a_name_are_printed_as_they_are() -> None:
    out = io.StringIO()
    console = Console(file=out, width=200)
    show(report(), console)
    console.print(table([report()]))
    assert out.getvalue().count("[x]") == 2


def test_a_report_survives_json() -> None:
    plain = json.loads(json.dumps(report().to_plain()))
    assert plain["loadAfter"] == 1.5
    assert plain["figures"][0]["figure"] == 0.5
    assert plain["figures"][0]["ours"]["values"] == [1.0, 2.0, 3.0]
    assert plain["figures"][0]["reached"] is True


def test_a_figure_without_another_side_has_none_in_json() -> None:
    assert "theirs" not in Comparison(name="x", ours=seconds(1.0)).to_plain()


def test_a_run_becomes_a_report_of_its_figures() -> None:
    comparison = Comparison(name="x", ours=seconds(1.0))
    made = measured("b", lambda: [comparison])
    assert made.benchmark == "b"
    assert made.comparisons == (comparison,)
