"""An S3 server on the loopback address, and what a Flink needs to keep its state there."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from embedded.pip_packages import install_packages
from tests.support.ports import free_ports
from tests.support.project import REPOSITORY

BUCKET = "flink-state"
_READY_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class ObjectStore:
    """A bucket, and what Flink's processes need to write into it."""

    endpoint: str

    @property
    def root(self) -> str:
        """The URI below which Flink keeps its state."""
        return f"s3://{BUCKET}/flink"

    @property
    def options(self) -> Mapping[str, str]:
        """Flink's options; none of them is a secret."""
        return {
            "execution.checkpointing.dir": f"{self.root}/checkpoints",
            "execution.checkpointing.savepoint-dir": f"{self.root}/savepoints",
            "s3.endpoint": self.endpoint,
            "s3.path.style.access": "true",
        }

    @property
    def environment(self) -> Mapping[str, str]:
        """The credentials, by the variables of the S3 client."""
        return {"AWS_ACCESS_KEY_ID": "A-KEY-OF-TESTS", "AWS_SECRET_ACCESS_KEY": "a-secret-of-tests"}

    def objects(self, folder: str) -> list[str]:
        """Return the URIs of at most a thousand objects below a folder of the state, by the alphabet."""
        found = httpx.get(f"{self.endpoint}/{BUCKET}", params={"list-type": "2", "prefix": f"flink/{folder}/"}).raise_for_status()
        return sorted(f"s3://{BUCKET}/{key}" for key in re.findall(r"<Key>([^<]+)</Key>", found.text))


@contextmanager
def object_store(host: str = "127.0.0.1") -> Iterator[ObjectStore]:
    """Run one for a while on an address of this machine, with an empty bucket."""
    packages = install_packages("object-store", REPOSITORY / ".data" / "python")
    [port] = free_ports(1)
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", host, "-p", str(port)],
        env={"PYTHONPATH": str(packages)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        store = ObjectStore(endpoint=f"http://{host}:{port}")
        _make_bucket(store.endpoint)
        yield store
    finally:
        server.kill()
        server.wait()


def _make_bucket(endpoint: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            httpx.put(f"{endpoint}/{BUCKET}").raise_for_status()
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the object store never answered"
            time.sleep(0.1)
        else:
            return
