"""A Pulumi program of no-op resources as its documentation shows it: an inline program over the Automation API, nothing more.

`python -m benchmarks.bare_program COUNT TOOLCHAIN` is one `up` of so many resources, without a preview as in ours. Same CLI, same kind
of backend.
"""

import os
import sys
from pathlib import Path

from pulumi.automation import LocalWorkspaceOptions, ProjectSettings, PulumiCommand, create_or_select_stack

from benchmarks.bare_provider import NoOp
from benchmarks.places import HOME, REPOSITORY

FOLDER = HOME / "bare"
_NAME = "bare"


def up(count: int, toolchain: Path, folder: Path = FOLDER) -> None:
    """Bring the stack to `count` resources. `toolchain/bin` holds the CLI."""

    def program() -> None:
        for number in range(count):
            NoOp(f"resource-{number:03}")

    for made in ("state", "work"):
        (folder / made).mkdir(parents=True, exist_ok=True)
    options = LocalWorkspaceOptions(
        work_dir=str(folder / "work"),
        project_settings=ProjectSettings(name=_NAME, runtime="python"),
        pulumi_home=str(folder / "home"),
        pulumi_command=PulumiCommand(root=str(toolchain)),
        env_vars={
            "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PYTHONPATH": str(REPOSITORY),
            # The launcher of the dynamic providers is the project's own in both.
            "PATH": f"{REPOSITORY / 'components' / 'launcher'}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_PYTHON_CMD": sys.executable,
        },
    )
    create_or_select_stack(stack_name=_NAME, project_name=_NAME, program=program, opts=options).up()


if __name__ == "__main__":
    up(int(sys.argv[1]), Path(sys.argv[2]))
