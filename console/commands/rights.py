"""`rights`: what the stack's user must be allowed, as roles for whoever runs the cluster to apply."""

from collections.abc import Mapping
from typing import Annotated

import typer

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session
from platforms.registry import platform_of

_ACCOUNT = "system:serviceaccount:"

User = Annotated[str, typer.Option(help="Bind the roles to this user (`system:serviceaccount:<namespace>:<name>` for a ServiceAccount).")]
Group = Annotated[str, typer.Option(help="Bind the roles to this group.")]


def rights(context: typer.Context, *, user: User = "", group: Group = "") -> None:
    """Print the Role and ClusterRole that this stack's user needs, as YAML. Without a user or group they are not bound."""
    session: Session = context.obj
    project = session.project()
    if user and group:
        raise ConsoleError("--user and --group exclude each other", exit_code=ExitCode.USAGE)
    write_line(platform_of(project.settings()).roles(project.stack, _subject(user, group)))


def _subject(user: str, group: str) -> Mapping[str, str] | None:
    if user.startswith(_ACCOUNT):
        namespace, _, name = user.removeprefix(_ACCOUNT).partition(":")
        return {"kind": "ServiceAccount", "namespace": namespace, "name": name}
    if user:
        return {"kind": "User", "name": user}
    return {"kind": "Group", "name": group} if group else None
