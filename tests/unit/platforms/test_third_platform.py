"""A platform is its own folder and a line in the registry: one made for tests declares, connects, checks, and is looked at."""

from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest

from console.checks.all import examine
from console.health.collect import collect
from console.project import Project
from console.reach import access, broker
from console.ui.sources import SERVICES, sources_of
from console.ui.stack import StackReader
from platforms.errors import PlatformError, Reason
from platforms.registry import PLATFORMS, platform_named, platform_of
from settings import Settings, SettingsError, parse_settings
from tests.program.recorder import run_program
from tests.unit.platforms.drawing_board import GIVEN, NAME, DrawingBoard


def named(settings: Settings, platform: str) -> Settings:
    """Return settings with a platform that theirs do not know."""
    made = copy(settings)
    object.__setattr__(made, "platform", platform)
    return made


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the platform, and let the settings have its name."""
    monkeypatch.setitem(PLATFORMS, NAME, "tests.unit.platforms.drawing_board:DrawingBoard")
    parse = parse_settings

    def parsed(*arguments: object, **more: object) -> Settings:
        return named(parse(*arguments, **more), NAME)  # type: ignore[arg-type]  # what is given on

    monkeypatch.setattr("settings.configuration.parse_settings", parsed)
    monkeypatch.setattr("console.project.parse_settings", parsed)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(root=Path.cwd(), stack="local", data_folder=tmp_path, values={}, secrets=frozenset())


def test_the_program_declares_the_pipeline_on_it() -> None:
    declared = run_program({})
    assert declared.outputs["platform"] == NAME
    assert declared.outputs["board"] == sorted(declared.details["statements"])
    assert declared.outputs["gatewayUrl"] == GIVEN["gateway_url"]
    assert declared.of_type("embedded:Service") == {}
    topics = declared.of_type("kafka:Topic")
    assert topics
    assert {topic.inputs["config"]["max.message.bytes"] for topic in topics.values()} == {"1048588"}, "the broker is somebody else's"


def test_the_commands_reach_check_and_look_through_it(project: Project) -> None:
    outputs = {"platform": NAME, "services": ["pencil"], "topics": {}, "statements": {}}
    with broker(project, outputs) as bootstrap:
        assert bootstrap == GIVEN["kafka_bootstrap"]
    assert access(project, outputs).jobmanager.base_url == GIVEN["jobmanager_url"]
    assert [one.what for one in examine(project) if one.subject == "board"] == ["local can be drawn"]
    assert [service.state for service in collect(project, outputs).services] == ["DRAWN"]
    assert list(platform_of(project.settings()).logs("", 1).read()) == [("pencil", "drawn")]


def test_the_page_shows_it(project: Project) -> None:
    reader = StackReader(project)
    reader.facts = replace(reader.facts, outputs={"platform": NAME, "services": ["pencil"], "topics": {}, "statements": {}})
    services = next(one for one in sources_of(reader) if one.name == SERVICES)
    assert [service.state for service in services.ask()] == ["DRAWN"]


def test_what_it_does_not_offer_is_refused_with_its_name(project: Project) -> None:
    with pytest.raises(PlatformError, match=f"a stack on {NAME} is not on this machine") as caught:
        platform_of(project.settings()).ledger()
    assert caught.value.reason is Reason.USAGE


def test_a_name_that_no_platform_has_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SettingsError, match=f"platform is 'paper': it must be embedded or kubernetes or external or {NAME}"):
        platform_of(named(parse_settings({}), "paper"))


def test_outputs_and_stack_files_name_it_too() -> None:
    assert platform_named({"platform": NAME}) is DrawingBoard
    assert platform_named({}).name == "embedded"
