"""The proxy in front of Flink's UI: `python -m webproxy`. That package is run, never imported.

A browser has no certificate for Flink's own port. The proxy has one, and admits whoever presents its token.
"""

from pathlib import Path

from embedded.certificates import certificates_of
from embedded.data_folder import DataFolder, ensure_secret
from embedded.settings import EmbeddedSettings
from embedded.specification import Port, PythonProgram, ServiceName, Specification, hash_of_sources
from options.infrastructure import LOOPBACK, PORT_KEYS

MODULE = "webproxy"
READY_PATH = "/proxy-ready"

_STOP_SECONDS = 10
_TOKEN_BYTES = 24


def wanted(settings: EmbeddedSettings) -> bool:
    """Return whether Flink's UI needs a proxy: without TLS a browser opens it directly."""
    return settings.flink.mutual_tls


def token_file(folder: DataFolder) -> Path:
    """Return the file that holds the token, one line, mode 0600."""
    return folder.secrets / "flink-ui-token"


def ensure_token(folder: DataFolder) -> None:
    """Create the token unless there is one."""
    ensure_secret(folder, token_file(folder), size=_TOKEN_BYTES)


def read_token(folder: DataFolder) -> str:
    """Return the token; empty if there is none, or if this user may not read it."""
    try:
        return token_file(folder).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def specification(settings: EmbeddedSettings, *, sources: Path) -> Specification:
    """Describe the proxy's process. `sources` is the folder of the package; a changed line in it restarts the process."""
    folder, port, certificates = settings.folder, settings.ports.flink_ui, certificates_of(settings.folder)
    arguments = {
        "--port": port,
        "--upstream": f"https://{LOOPBACK}:{settings.ports.job_manager}",
        "--name": "Flink's JobManager",
        "--token-file": token_file(folder),
        "--authority": certificates.authority,
        "--certificate": certificates.client,
    }
    return Specification(
        service=ServiceName.FLINK_UI,
        program=PythonProgram(
            module=MODULE, arguments=tuple(str(part) for pair in arguments.items() for part in pair), sources=hash_of_sources(sources)
        ),
        environment={"PYTHONPATH": str(sources.parent), "PYTHONDONTWRITEBYTECODE": "1"},
        secret_files=(token_file(folder), certificates.authority, certificates.client),
        ports=(Port(number=port, key=PORT_KEYS["flink_ui"]),),
        ready_when=f"the proxy before Flink's UI answers on {LOOPBACK}:{port}",
        stop_seconds=_STOP_SECONDS,
    )
