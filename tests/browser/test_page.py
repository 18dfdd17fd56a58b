"""The page of `console ui` in a real browser: what it shows, how it is operated, and what hostile texts do to it (nothing)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from components.statement_history import Action, Outcome
from console.errors import ConsoleError
from console.health.report import TopicHealth
from console.ui.actions import ActionRunner
from tests.contract.bench import until
from tests.support.ui import HOSTILE, World, done, facts_of, many, page, plain_records, record, running, world_of
from tests.unit.console.ui.test_actions import CONSOLE

pytestmark = pytest.mark.xdist_group("browser")

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
BROKEN = "sql/many/statement_0001.sql:5:7: Column 'amunt' not found"
Visit = Callable[..., Any]


def shows(tab: Any, what: str, count: int) -> bool:  # noqa: ANN401
    return bool(tab.locator(what).count() == count)


def world() -> World:
    """Return a stack with a statement of each sort: well, failing, paused, silent, over its error."""
    failed = done("statement_0001", Action.CHANGED, outcome=Outcome.FAILED, error=BROKEN, verdict="keeps state")
    history = (done("statement_0000", verdict="new"), done("statement_0001", verdict="new"), replace(failed, at="2026-11-29T09:00:00.000Z"))
    made = world_of(many(7), history=history)
    made.jobs = (
        running("statement_0000", 0),
        running("statement_0001", 1, state="FAILED", healthy=False, restarts=3, last_error=BROKEN, records_in_per_second=None),
        running("statement_0002", 2, state="paused"),
        running("statement_0003", 3, no_output="nothing comes out: no records come; see `why statement_0003`"),
        running("statement_0004", 4, last_error="a cast failed", recovered_seconds=600.0, restarts=1),
        running("statement_0005", 5),
        running("statement_0006", 6),
    )
    made.records[:] = plain_records(3)
    return made


@contextmanager
def opened(browser: Any, stack: World, actions: ActionRunner | None = None, **context: Any) -> Iterator[Any]:  # noqa: ANN401
    """Open the page as a user does, and see that nothing was refused or went wrong in the browser at its end."""
    given = {"viewport": WIDE, **context}
    problems: list[str] = []
    asked: list[str] = []
    with page(stack, actions=actions) as served:
        tab = browser.new_context(**given).new_page()
        tab.set_default_timeout(30_000)
        tab.on("console", lambda message: problems.append(message.text) if message.type in {"error", "warning"} else None)
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(served.link)
        tab.wait_for_selector("html[data-ready=yes]")
        tab.wait_for_selector("#statement-list tbody tr")
        tab.wait_for_selector("#service-list tbody tr")
        yield tab
        tab.context.close()
        assert problems == []
        assert {url.split("/")[2] for url in asked} == {f"127.0.0.1:{served.guard.port}"}, "nothing is asked of anybody else"


@pytest.fixture
def visit(browser: Any) -> Visit:  # noqa: ANN401
    return lambda stack=None, **context: opened(browser, stack or world(), **context)


def axe(tab: Any) -> list[str]:  # noqa: ANN401
    """Return the findings of axe, which is injected around the page's own policy, as a person's extension would be."""
    axe_playwright = pytest.importorskip("axe_playwright_python.base")
    script = (Path(axe_playwright.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    tab.evaluate(script)
    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['impact']} {one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [pytest.param(WIDE, id="wide"), pytest.param(PHONE, id="phone")])
def test_axe_finds_nothing(visit: Visit, theme: str, size: dict[str, int]) -> None:
    stack = world()
    stack.model = ConsoleError("the model gateway does not answer")
    with visit(stack, color_scheme=theme, viewport=size) as tab:
        tab.wait_for_selector("#problems p")
        assert axe(tab) == []
        tab.get_by_role("button", name="statement_0001", exact=True).click()
        tab.wait_for_selector("#details .rows li")
        tab.wait_for_selector("#details .sql li.bad")
        assert axe(tab) == []


def test_the_graph_and_the_lists_show_each_statement_with_its_state(visit: Visit) -> None:
    with visit() as tab:
        assert tab.locator(".node.statement").count() == 7
        assert tab.locator(".node.topic").count() == 9
        assert tab.locator("path.edge").count() == 14
        tab.wait_for_selector(".node.statement.bad")
        assert tab.locator("[data-id='statement:statement_0001']").get_attribute("aria-label") == "statement statement_0001: ✗ failed lag 1"
        assert "reads " in tab.locator("[data-id='statement:statement_0000']").get_attribute("aria-label")
        row = tab.locator("#statement-list tbody tr", has_text="statement_0001").first
        assert "✗ failed" in row.inner_text()
        assert BROKEN in row.inner_text()
        assert "nothing comes out" in tab.locator("#statement-list tbody tr", has_text="statement_0003").inner_text()
        assert (
            "failed 10 min ago and runs since: a cast failed"
            in tab.locator("#statement-list tbody tr", has_text="statement_0004").inner_text()
        )
        assert "cost 0.12" in tab.locator("#figures").inner_text()
        tab.locator("#overall", has_text="✗ not healthy").wait_for()


def test_the_token_leaves_the_address_and_a_reload_needs_it_no_more(visit: Visit) -> None:
    with visit() as tab:
        assert "#" not in tab.url
        assert "token" not in tab.url
        tab.reload()
        tab.wait_for_selector("#statement-list tbody tr")


def test_without_the_token_the_page_says_how_to_come_by_it(browser: Any) -> None:  # noqa: ANN401
    with page(world()) as served:
        tab = browser.new_page()
        tab.goto(served.link.partition("#")[0])
        tab.wait_for_selector("#problems p")
        assert "`python -m console ui` prints it" in tab.locator("#problems").inner_text()
        assert tab.locator("#statement-list tbody tr").count() == 0
        tab.context.close()


def test_a_statement_opens_with_sql_line_history_and_rows(visit: Visit) -> None:
    stack = world()
    with visit(stack) as tab:
        tab.locator("[data-id='statement:statement_0001']").click()
        dialog = tab.locator("#details")
        dialog.locator(".sql li.bad").first.wait_for()
        assert "← error at column 7" in dialog.locator(".sql li.bad").inner_text()
        assert dialog.locator(".sql li").nth(4).get_attribute("class") == "bad"
        assert BROKEN in dialog.locator(".error").inner_text()
        history = dialog.locator("section", has_text="History").locator("tbody tr")
        assert history.count() == 2
        assert "failed" in history.first.inner_text()
        dialog.locator(".rows li").nth(2).wait_for()
        stack.records.append(record(3, b'{"id": "brand new"}'))
        dialog.locator(".rows li", has_text="brand new").wait_for()
        assert "brand new" in dialog.locator(".rows li").first.inner_text(), "the newest first"
        dialog.get_by_label("Topic").select_option("orders_0000_1")
        dialog.locator(".rows li").first.wait_for()


def test_hostile_texts_stay_texts(visit: Visit) -> None:
    stack = world()
    stack.jobs = (running("statement_0000", last_error=HOSTILE), *world().jobs[1:])  # type: ignore[index]  # jobs of this test
    stack.kafka = replace(stack.kafka, topics=(TopicHealth(name=HOSTILE, partitions=None, messages=None, reason=HOSTILE),))  # type: ignore[type-var]
    stack.records[:] = [record(0, HOSTILE.encode(), key=HOSTILE.encode()), record(1, f'"{"<b>" * 50}"'.encode()), record(2, None)]
    with visit(stack) as tab:
        tab.locator("[data-id='statement:statement_0000']").click()
        tab.locator("#details .rows li").nth(2).wait_for()
        assert "<script>" in tab.locator("#details .rows").inner_text()
        assert tab.locator("main img, main script, #details img, #details script, #details b").count() == 0
        assert tab.title() == "local · flink-reviews"


def test_a_large_record_is_cut_and_the_page_stays_quick(visit: Visit) -> None:
    stack = world()
    stack.records[:] = [record(number, b'{"x":"' + b"y" * 900_000 + b'"}') for number in range(10)]
    with visit(stack) as tab:
        tab.locator("[data-id='statement:statement_0000']").click()
        tab.locator("#details .rows li").nth(9).wait_for()
        text = tab.locator("#details .rows").inner_text()
        assert text.count("cut: the value has 900.0 kB") == 10
        assert len(text) < 20_000


def test_it_is_operated_by_keys_alone(visit: Visit) -> None:
    with visit() as tab:
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip"
        for _ in range(30):
            tab.keyboard.press("Tab")
            if tab.evaluate("Boolean(document.activeElement.dataset.id)"):
                break
        first = tab.evaluate("document.activeElement.dataset.id")
        assert first == "topic:orders_0000_0"
        tab.keyboard.press("ArrowRight")
        assert tab.evaluate("document.activeElement.dataset.id") == "statement:statement_0000"
        tab.keyboard.press("ArrowLeft")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#details[open]")
        assert tab.evaluate("document.activeElement.id") == "details-title"
        tab.keyboard.press("Escape")
        tab.wait_for_selector("#details:not([open])", state="attached")
        assert tab.evaluate("document.activeElement.dataset.id") == first, "focus returns to where it came from"
        tab.keyboard.press("Tab")
        assert not tab.evaluate("Boolean(document.activeElement.dataset.id)"), "the graph is one stop"


def test_the_focus_survives_updates(visit: Visit) -> None:
    stack = world()
    with visit(stack) as tab:
        tab.locator("#statement-list button").nth(3).focus()
        stack.jobs = tuple(running(f"statement_{number:04d}", number, restarts=77) for number in range(7))
        tab.locator("#statement-list td", has_text="77").first.wait_for()
        assert tab.evaluate("document.activeElement.textContent") == "statement_0003"


@pytest.mark.parametrize("width", [320, 360, 412, 768, 1280])
def test_no_width_makes_the_page_scroll_sideways(visit: Visit, width: int) -> None:
    with visit(viewport={"width": width, "height": 740}) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        tab.locator("[data-id='statement:statement_0001']").click()
        tab.wait_for_selector("#details .sql li.bad")
        assert tab.evaluate("document.querySelector('#details').scrollWidth <= document.querySelector('#details').clientWidth")


def test_the_graph_runs_downwards_on_a_phone(visit: Visit) -> None:
    def place(tab: Any, name: str) -> dict[str, float]:  # noqa: ANN401
        found: dict[str, float] = tab.locator(f"[data-id='{name}']").bounding_box()
        return found

    names = ("topic:orders_0000_0", "statement:statement_0000")
    with visit() as tab:
        before, after = (place(tab, name) for name in names)
        assert before["x"] + before["width"] < after["x"]
        tab.set_viewport_size(PHONE)
        until(lambda: place(tab, names[0])["y"] + place(tab, names[0])["height"] < place(tab, names[1])["y"])


def test_the_theme_follows_the_system_and_can_be_chosen(visit: Visit) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    with visit(color_scheme="dark") as tab:
        dark = tab.evaluate(ground)
        tab.locator("#theme").click()
        assert tab.locator("#theme").inner_text() == "Theme: light"
        assert tab.evaluate(ground) != dark
        tab.reload()
        tab.wait_for_selector("#statement-list tbody tr")
        assert tab.locator("#theme").inner_text() == "Theme: light"
        tab.locator("#theme").click()
        assert tab.evaluate(ground) == dark


def test_nothing_moves_by_itself(visit: Visit) -> None:
    with visit() as tab:
        tab.wait_for_selector("path.edge.flows", state="attached")
        assert tab.evaluate("document.getAnimations().length") == 0


def test_what_cannot_be_reached_is_said_and_the_rest_stays(visit: Visit) -> None:
    stack = world()
    with visit(stack) as tab:
        stack.jobs = ConsoleError("Flink's JobManager does not answer")
        tab.locator("#problems p", has_text="jobs: Flink's JobManager does not answer. Shown is what was known").wait_for()
        assert tab.locator("#overall").inner_text() == "✗ not all is known"
        assert tab.locator(".node.statement.bad").count() == 1
        stack.jobs = world().jobs
        until(lambda: tab.locator("#problems p").count() == 0)


def test_another_pipeline_is_drawn_and_none_is_no_failure(visit: Visit) -> None:
    stack = world()
    with visit(stack) as tab:
        stack.jobs = ()
        for number, count in enumerate((0, 3), start=2):
            stack.facts = replace(facts_of(many(count)), drawn=number)
            until(partial(shows, tab, ".node.statement", count))
            until(partial(shows, tab, "#statement-list tbody tr", count))
        assert tab.locator("#problems p").count() == 0


def test_a_server_that_ended_is_said(browser: Any) -> None:  # noqa: ANN401
    with page(world()) as served:
        tab = browser.new_page()
        tab.goto(served.link)
        tab.wait_for_selector("#statement-list tbody tr")
    tab.locator("#problems p", has_text="The page's server does not answer").wait_for(timeout=30_000)
    assert tab.locator("#statement-list tbody tr").count() == 7
    tab.context.close()


def test_the_filter_narrows_graph_and_lists(visit: Visit) -> None:
    with visit() as tab:
        tab.get_by_label("Filter").fill("failed")
        until(lambda: tab.locator("#statement-list tbody tr").count() == 1)
        assert tab.locator(".node:not(.faded)").count() == 1
        tab.get_by_label("Filter").fill("")
        until(lambda: tab.locator("#statement-list tbody tr").count() == 7)


def test_a_page_without_actions_has_no_buttons_for_them(visit: Visit) -> None:
    with visit() as tab:
        tab.locator("[data-id='statement:statement_0000']").click()
        tab.wait_for_selector("#details .sql")
        assert tab.get_by_role("button", name="Take a savepoint").count() == 0
        assert not tab.locator("#actions").is_visible()


def test_an_action_is_asked_for_once_more_and_shows_what_it_prints(browser: Any, tmp_path: Path) -> None:  # noqa: ANN401
    (tmp_path / "console").mkdir()
    (tmp_path / "console" / "__init__.py").touch()
    (tmp_path / "console" / "__main__.py").write_text(CONSOLE, encoding="utf-8")
    runner = ActionRunner(tmp_path, "local")
    with opened(browser, world(), runner) as tab:
        tab.locator("[data-id='statement:statement_0000']").click()
        tab.get_by_role("button", name="Take a savepoint").click()
        tab.wait_for_selector("#confirm[open]")
        assert axe(tab) == []
        tab.get_by_role("button", name="Cancel").click()
        assert runner.status()["command"] == ""
        tab.get_by_role("button", name="Take a savepoint").click()
        tab.locator("#confirm").get_by_role("button", name="Take a savepoint").click()
        tab.locator("#action-state", has_text="ended with exit code 3").wait_for()
        assert '"statement_0000"' in tab.locator("#action-output").inner_text()
        assert axe(tab) == []


@pytest.mark.parametrize("count", [100, 1000])
def test_large_stacks_are_drawn(visit: Visit, count: int) -> None:
    with visit(world_of(many(count))) as tab:
        until(lambda: tab.locator(".node.statement").count() == count)
        tab.get_by_label("Filter").fill(f"statement_{count - 1:04d}")
        until(lambda: tab.locator("#statement-list tbody tr").count() == 1)
        tab.locator(f"[data-id='statement:statement_{count - 1:04d}']").click()
        tab.wait_for_selector("#details .sql")
