"""A full disk under every process: each is tried again, slower and slower, and is back by itself when there is room.

It mounts a file system of its own, for which it must be root: FLINK_REVIEWS_FULL_DISK=1.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from embedded.control import ServiceControl, ServiceState
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName
from tests.embedded.test_services import eventually, is_ready, make_settings, start_all

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not os.environ.get("FLINK_REVIEWS_FULL_DISK"), reason="mounts a file system: FLINK_REVIEWS_FULL_DISK=1, as root"),
]

FULL_SECONDS = 90.0
"""Before, a process was given up after ten tries, within about a minute."""
BACK_SECONDS = 150.0
SPARE_BYTES = 64 * 1024


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[EmbeddedSettings]:
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600m", "tmpfs", str(place)], check=True)
    try:
        made = make_settings(place / "data")
        yield made
        ServiceControl(made).shutdown()
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> None:
    """Leave no room, and take again what ended processes give back."""
    with place.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(SPARE_BYTES))
        except OSError:
            return


def test_every_process_is_back_by_itself_when_there_is_room_again(settings: EmbeddedSettings) -> None:
    control = ServiceControl(settings)
    start_all(control)
    filler = settings.data_folder / "filler"
    fill(filler)
    for service in ServiceName:
        os.kill(control.observe(service).pid, signal.SIGKILL)
    deadline = time.monotonic() + FULL_SECONDS
    while time.monotonic() < deadline:
        fill(filler)
        time.sleep(1)
    full = {service: control.observe(service) for service in ServiceName}
    assert not full[ServiceName.KAFKA].ready
    assert full[ServiceName.KAFKA].state in {ServiceState.FAILED, ServiceState.STARTING}
    print({str(service): f"{one.state}: {one.reason}" for service, one in full.items()})
    filler.unlink()
    began = time.monotonic()
    for service in ServiceName:
        eventually(partial(is_ready, control, service), what=f"{service} is back", seconds=BACK_SECONDS)
        print(f"{service} was back {time.monotonic() - began:.0f} s after there was room")
    assert shutil.disk_usage(settings.data_folder).free > 0
