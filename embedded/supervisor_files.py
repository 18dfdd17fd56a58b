"""The text of supervisord's configuration files."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from embedded.data_folder import DataFolder
from embedded.specification import ServiceName, Specification

_START_SECONDS = 5
"""A process that exits sooner counts as a failed start and is retried after 1, 2, 3 ... seconds. Later exits restart it at once."""

_START_RETRIES = 1_000_000
"""Never given up: a cause such as a full disk may pass without anybody running `up`.

The pause grows by a second with each attempt: ten attempts in the first minute, 85 in the first hour.
"""

_LOG_BYTES = 5 * 1024 * 1024
_LOG_BACKUPS = 2


def main_configuration(folder: DataFolder, socket: Path) -> str:
    """Render the supervisor's own configuration: where it listens, and that each service has a file."""
    return _sections(
        {
            "unix_http_server": {"file": _escaped(socket), "chmod": "0600"},
            "supervisord": {
                "directory": _escaped(folder.root),
                "logfile": _escaped(folder.log("supervisor")),
                "logfile_maxbytes": str(_LOG_BYTES),
                "logfile_backups": str(_LOG_BACKUPS),
                "pidfile": _escaped(folder.run / "supervisor.pid"),
                "childlogdir": _escaped(folder.logs),
                "nocleanup": "true",
            },
            "rpcinterface:supervisor": {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
            # Relative to this file: the list of patterns is split at white space.
            "include": {"files": "conf.d/*.conf"},
        }
    )


def service_configuration(specification: Specification, script: Path, folder: DataFolder) -> str:
    """Render the configuration of one service: started with the supervisor, restarted when it exits, its log rotated."""
    service = specification.service
    return _sections(
        {
            f"program:{service}": {
                # A script, because the supervisor cannot take every argument or variable: a blank and a semicolon end a line.
                "command": _escaped(shlex.join(("/bin/sh", str(script)))),
                "directory": _escaped(folder.temporary(service)),
                "autostart": "true",
                "autorestart": "true",
                "startsecs": str(_START_SECONDS),
                "startretries": str(_START_RETRIES),
                "stopsignal": "TERM",
                "stopwaitsecs": str(specification.stop_seconds),
                "stopasgroup": "true",
                "killasgroup": "true",
                "redirect_stderr": "true",
                "stdout_logfile": _escaped(folder.log(service)),
                "stdout_logfile_maxbytes": str(_LOG_BYTES),
                "stdout_logfile_backups": str(_LOG_BACKUPS),
            }
        }
    )


def archive_group(service: str) -> str:
    """Return the name of the supervised group that makes a service's archive."""
    return f"{service}-archive"


def archive_configuration(service: ServiceName, script: Path, folder: DataFolder) -> str:
    """Render the configuration of the process that makes a service's archive: run once, and killed at once when stopped."""
    return _sections(
        {
            f"program:{archive_group(service)}": {
                "command": _escaped(shlex.join(("/bin/sh", str(script)))),
                "directory": _escaped(folder.archives),
                "autostart": "true",
                "autorestart": "false",
                "startsecs": "0",
                "startretries": "0",
                "stopsignal": "TERM",
                # A JVM ignores signals while it writes an archive. The next start removes what it leaves behind.
                "stopwaitsecs": "1",
                "stopasgroup": "true",
                "killasgroup": "true",
                "redirect_stderr": "true",
                "stdout_logfile": "NONE",
            }
        }
    )


def _escaped(value: str | Path) -> str:
    # A percent sign starts an expansion.
    return str(value).replace("%", "%%")


def _sections(sections: Mapping[str, Mapping[str, str]]) -> str:
    return "\n".join(f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items()) for name, values in sections.items())
