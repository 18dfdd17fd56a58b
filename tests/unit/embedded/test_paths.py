"""The data folder's path in the files that Java reads: whatever letters it has, each part must find the same folder."""

import re
from pathlib import Path

import pytest

from embedded.jvm import ENVIRONMENT
from embedded.services import specification
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName

PATHS = [pytest.param("/tmp/Bücher und Möbel", id="umlauts and spaces"), pytest.param("/tmp/\N{CLAPPER BOARD}", id="beyond 16 bits")]


def text_of(service: ServiceName, data_folder: str, name: str) -> str:
    files = specification(service, EmbeddedSettings(data_folder=Path(data_folder))).files
    return next(text for file, text in files.items() if file.name == name)


def read_as_java_does(properties: str, key: str) -> str:
    """Read a value of a file of Java properties: Latin-1, with UTF-16 units as escapes."""
    value = re.search(rf"^{re.escape(key)}=(.*)$", properties.encode().decode("latin-1"), re.MULTILINE)
    assert value is not None
    units = re.sub(r"\\u([0-9a-f]{4})", lambda unit: chr(int(unit[1], 16)), value[1])
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be")


@pytest.mark.parametrize("path", PATHS)
def test_kafka_finds_its_folder(path: str) -> None:
    assert read_as_java_does(text_of(ServiceName.KAFKA, path, "server.properties"), "log.dirs") == f"{path}/kafka"


@pytest.mark.parametrize("path", PATHS)
def test_flink_is_told_its_folders_without_escapes(path: str) -> None:
    configuration = text_of(ServiceName.JOB_MANAGER, path, "config.yaml")
    assert "%" not in configuration
    assert re.search(r'^execution.checkpointing.dir: "file:///tmp/', configuration, re.MULTILINE)


def test_java_names_files_in_utf_8_whatever_the_users_locale_is() -> None:
    assert ENVIRONMENT["LC_ALL"] == "C.UTF-8"
