"""llama.cpp's server with SmolLM2 for tests: installed once into the repository's data folder, a process on a free port."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from embedded.data_folder import DataFolder
from embedded.llamacpp import ensure_packages, model_file
from embedded.pip_packages import folder_of
from embedded.settings import EmbeddedSettings
from options.model import ModelKind, ModelSettings
from tests.support.model_gateway import until
from tests.support.ports import free_ports
from tests.support.project import REPOSITORY

KEY = "key-of-a-test"
LONGEST_START = 120.0


def installed() -> EmbeddedSettings:
    """Return settings of the repository's data folder, in which the server and the model lie afterwards."""
    settings = EmbeddedSettings(data_folder=REPOSITORY / ".data", model=ModelSettings(kind=ModelKind.LLAMACPP))
    ensure_packages(settings)
    return settings


def take_over(folder: DataFolder) -> None:
    """Have the packages in another data folder too."""
    source = installed().folder.model_server
    folder.model_server.mkdir(parents=True)
    for name in ("llamacpp", "smollm2"):
        folder_of(name, folder.model_server).symlink_to(folder_of(name, source))


@dataclass(kw_only=True)
class LlamaServer:
    """A running server. `url` is its base URL, without `/v1`."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def ask(self, method: str, path: str, request: Mapping[str, object] | None = None, *, key: str = KEY) -> httpx.Response:
        """Send one request with the key, or without one when it is empty."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        with httpx.Client(base_url=self.url, timeout=60.0, trust_env=False, headers=headers) as client:
            return client.request(method, path, json=request or None)

    def busy(self) -> int:
        """Count the slots that write an answer now."""
        return sum(bool(slot["is_processing"]) for slot in self.ask("GET", "/slots").json())

    def written(self) -> int:
        """Count the tokens of the answers that are being written now."""
        slots = [slot for slot in self.ask("GET", "/slots").json() if slot["is_processing"]]
        return sum(int(one["n_decoded"]) for slot in slots for one in slot.get("next_token", ()))

    def answers(self) -> bool:
        """Tell whether the model is loaded."""
        try:
            return httpx.get(f"{self.url}/health", timeout=5, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def command(folder: Path, port: int, *more: str, model: Path | None = None, alias: str = "smollm2") -> list[str]:
    """Return the server's command line; the key lies in `folder`."""
    key = folder / "key"
    key.write_text(KEY)
    given = {"--model-file": model or model_file(installed()), "--alias": alias, "--port": port, "--api-key-file": key}
    return [sys.executable, "-m", "embedded.llama_server", *(str(part) for pair in given.items() for part in pair), *more]


def environment() -> dict[str, str]:
    """Return the environment with which the platform runs it."""
    place = folder_of("llamacpp", installed().folder.model_server)
    return {"PYTHONPATH": f"{REPOSITORY}{os.pathsep}{place}", "PATH": os.environ["PATH"], "GOMP_SPINCOUNT": "0"}


@contextmanager
def llama_server(folder: Path, *more: str, port: int = 0, waits: bool = True) -> Iterator[LlamaServer]:
    """Start a server, wait until its model is loaded unless told otherwise, and end it at the end of the block."""
    port = port or free_ports(1)[0]
    log = folder / "server.log"
    with log.open("ab") as opened:
        process = subprocess.Popen(command(folder, port, *more), env=environment(), stdout=opened, stderr=opened)
    server = LlamaServer(process=process, url=f"http://127.0.0.1:{port}", log=log)
    try:
        if waits:
            until(server.answers, LONGEST_START)
        yield server
    finally:
        server.kill()
