"""The model gateway's process: `python -m modelgateway`. That package is run, never imported."""

from pathlib import Path

from embedded import llamacpp
from embedded.data_folder import DataFolder
from embedded.settings import EmbeddedSettings
from embedded.specification import Port, PythonProgram, ServiceName, Specification, hash_of_sources
from options.infrastructure import LOOPBACK, PORT_KEYS
from options.model import ModelKind, gateway_options

MODULE = "modelgateway"

_STOP_SECONDS = 20
"""Ten seconds to finish requests, five for calls whose clients have disconnected, and some reserve."""
_OLLAMA = f"http://{LOOPBACK}:11434/v1"


def api_key_file(folder: DataFolder) -> Path:
    """Return the file that holds the API key of the model's server, one line, mode 0600. Need not exist."""
    return folder.secrets / "model-api-key"


def server_key_file(settings: EmbeddedSettings) -> Path:
    """Return the file with the key for the preferred server: the user's, or the one generated for the platform's own server."""
    return llamacpp.key_file(settings.folder) if llamacpp.wanted(settings.model) else api_key_file(settings.folder)


def fallback_key_file(folder: DataFolder) -> Path:
    """Return the file that holds the API key of the fallback server: one line, mode 0600. Need not exist."""
    return folder.secrets / "model-fallback-api-key"


def ledger_file(folder: DataFolder) -> Path:
    """Return the SQLite file in which the model gateway keeps its answers."""
    return folder.answers / "ledger.sqlite"


def upstream(settings: EmbeddedSettings) -> str:
    """Return the base URL of the server to which the gateway forwards requests; empty if the gateway answers itself."""
    if llamacpp.wanted(settings.model):
        return llamacpp.base_url(settings)
    if settings.model.endpoint:
        return settings.model.endpoint
    return _OLLAMA if settings.model.kind is ModelKind.OLLAMA else ""


def specification(settings: EmbeddedSettings, *, sources: Path) -> Specification:
    """Describe the model gateway's process. `sources` is the folder of the package; a changed line in it restarts the process."""
    folder, model, port = settings.folder, settings.model, settings.ports.model_gateway
    arguments = ["--host", LOOPBACK, "--port", str(port), "--kind", str(model.kind), "--model", model.served_name]
    secret_files: tuple[Path, ...] = ()
    if model.kind is not ModelKind.OFFLINE:
        key_file = server_key_file(settings)
        arguments += ["--upstream", upstream(settings), "--api-key-file", str(key_file), "--ledger", str(ledger_file(folder))]
        # The gateway follows the files of the user's keys by itself. The server's own key is made anew with the server.
        if llamacpp.wanted(model):
            secret_files = (key_file,)
            arguments += ["--model-revision", llamacpp.revision(settings)]
        if model.fallback_endpoint:
            arguments += ["--fallback-key-file", str(fallback_key_file(folder))]
        arguments += gateway_options(model)
    return Specification(
        service=ServiceName.MODEL_GATEWAY,
        program=PythonProgram(module=MODULE, arguments=tuple(arguments), sources=hash_of_sources(sources)),
        environment={"PYTHONPATH": str(sources.parent), "PYTHONDONTWRITEBYTECODE": "1"},
        secret_files=secret_files,
        ports=(Port(number=port, key=PORT_KEYS["model_gateway"]),),
        ready_when=f"the model gateway answers on {LOOPBACK}:{port}",
        stop_seconds=_STOP_SECONDS,
    )
