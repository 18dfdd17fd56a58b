"""The environment of the Pulumi CLI: quiet, offline, everything it writes inside the data folder."""

import sys
from collections.abc import Mapping

from console.default_stack import LOCAL
from console.driver.backend import file_backend
from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.process_environment import process_environment
from console.project import Project
from console.toolchain.backend_url import VARIABLE, backend_url
from platforms.folders import PULUMI_HOME_FOLDER
from platforms.registry import platform_named

_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def environment(project: Project, given: Mapping[str, str] = process_environment()) -> dict[str, str]:
    """Return what is set on top of the caller's own environment. The backend is that of a plain `pulumi`.

    Raises ConsoleError when a stack other than `local` has no passphrase: a question would hang a script.
    """
    values = {
        "PULUMI_HOME": str(project.data_folder / PULUMI_HOME_FOLDER),
        VARIABLE: backend_url(project, given),
        # The launcher of the dynamic providers takes it where the project has no virtual environment.
        "PULUMI_PYTHON_CMD": sys.executable,
        # Without it every run asks the vendor's API host for the newest release.
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    if not platform_named(project.values).needs_plugins:
        # Without it a provider wheel whose plugin is missing costs five download tries in every run, used or not.
        values["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] = "true"
    if project.stack == LOCAL:
        values["PULUMI_CONFIG_PASSPHRASE"] = ""
    elif not any(name in given for name in _PASSPHRASE):
        raise ConsoleError(
            f"the secrets of stack {project.stack} need a passphrase and none is set",
            advice="set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE and run the command again",
            exit_code=ExitCode.USAGE,
        )
    return values


def prepare(project: Project) -> None:
    """Make the folders that the CLI expects to be there. Raises ConsoleError when the data folder cannot be written."""
    backend = file_backend(backend_url(project, process_environment()), project.stack)
    for folder in (project.data_folder / PULUMI_HOME_FOLDER, *([backend.folder] if backend else [])):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConsoleError(
                f"the folder {folder} cannot be written: {error.strerror}",
                advice=f"free it, or choose other folders: `data.folder` in {project.stack_file.name}, `backend.url` in Pulumi.yaml",
            ) from error
