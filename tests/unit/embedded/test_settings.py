"""Settings travel through Pulumi's state and back, and a wrong one names its config key."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from embedded.errors import SettingsError
from embedded.settings import EmbeddedSettings
from options.infrastructure import FlinkOptions, KafkaOptions, MetricsOptions, Ports
from options.model import ModelKind, ModelSettings
from options.option import PlainValue

OTHER = EmbeddedSettings(
    data_folder=Path("/data folder/é"),
    flink=FlinkOptions(line="2.1", task_slots=3, checkpoint_interval_seconds=7, task_manager_memory="2048m"),
    kafka=KafkaOptions(max_record_bytes=5_000_000),
    ports=Ports(kafka=1024, sql_gateway=65535),
    model=ModelSettings(kind=ModelKind.OPENAI, name="m", endpoint="http://there/v1"),
    metrics=MetricsOptions(enabled=True),
    stack="dev",
)


def as_state(value: PlainValue) -> PlainValue:
    return float(value) if isinstance(value, int) else value


@pytest.mark.parametrize(
    "convert",
    [pytest.param(lambda value: value, id="as given"), pytest.param(as_state, id="integers as floats"), pytest.param(str, id="texts")],
)
@pytest.mark.parametrize(
    "settings", [pytest.param(EmbeddedSettings(data_folder=Path("/d")), id="defaults"), pytest.param(OTHER, id="all set")]
)
def test_settings_survive_the_way_through_the_state(settings: EmbeddedSettings, convert: Callable[[PlainValue], PlainValue]) -> None:
    plain = {key: convert(value) for key, value in settings.to_plain().items()}
    assert EmbeddedSettings.from_plain(plain) == settings


def test_keys_left_out_get_their_defaults() -> None:
    """But for certificates: a stack whose state knows nothing of them was started without."""
    assert EmbeddedSettings.from_plain({"data.folder": "/d"}) == EmbeddedSettings(
        data_folder=Path("/d"), flink=FlinkOptions(mutual_tls=False)
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("ports.kafka", "many", id="port that is no number"),
        pytest.param("ports.kafka", 1.5, id="port with a fraction"),
        pytest.param("ports.kafka", 0, id="port zero"),
        pytest.param("ports.kafka", 65536, id="port beyond the last"),
        pytest.param("ports.kafka", 19093, id="port given twice"),
        pytest.param("ports.kafka", "inf", id="port without end"),
        pytest.param("flink.taskSlots", 0, id="no slots"),
        pytest.param("flink.checkpointIntervalSeconds", -1, id="negative interval"),
        pytest.param("flink.line", "1.20", id="unknown line"),
        pytest.param("flink.taskManagerMemory", 512, id="too little memory"),
        pytest.param("model.kind", "oracle", id="unknown model kind"),
        pytest.param("data.folder", "relative", id="relative folder"),
    ],
)
def test_a_wrong_value_is_refused_by_its_key(key: str, value: PlainValue) -> None:
    with pytest.raises(SettingsError, match=key.replace(".", r"\.")):
        EmbeddedSettings.from_plain({"data.folder": "/d", key: value})


def test_two_equal_ports_are_refused_with_both_keys() -> None:
    with pytest.raises(SettingsError, match=r"ports\.modelGateway and ports\.kafka are both 2000"):
        EmbeddedSettings(data_folder=Path("/d"), ports=Ports(kafka=2000, model_gateway=2000))


def test_settings_differ_when_any_field_differs() -> None:
    plain = OTHER.to_plain()
    assert len(plain) == len(set(plain))
    assert replace(OTHER, flink=FlinkOptions(task_slots=4)).to_plain() != plain


def test_a_stack_that_makes_archives_has_nothing_of_it_in_its_state() -> None:
    """A stack of before, whose state knows nothing of archives, is taken over as it is."""
    assert not any("classArchives" in key for key in EmbeddedSettings(data_folder=Path("/d")).to_plain())
    without = EmbeddedSettings(data_folder=Path("/d"), class_archives=False)
    assert not EmbeddedSettings.from_plain(without.to_plain()).class_archives
