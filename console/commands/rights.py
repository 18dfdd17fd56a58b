"""`rights`: what the stack's user must be allowed, as roles for whoever runs the cluster to apply."""

from collections.abc import Iterator, Mapping
from typing import Annotated

import typer
import yaml

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from console.screen import write_line
from console.session import Session
from settings import PlatformKind

_ACCOUNT = "system:serviceaccount:"

User = Annotated[str, typer.Option(help="Bind the roles to this user (`system:serviceaccount:<namespace>:<name>` for a ServiceAccount).")]
Group = Annotated[str, typer.Option(help="Bind the roles to this group.")]


def rights(context: typer.Context, *, user: User = "", group: Group = "") -> None:
    """Print the Role and ClusterRole that this stack's user needs, as YAML. Without a user or group they are not bound."""
    session: Session = context.obj
    project = session.project()
    settings = project.settings()
    if settings.platform is not PlatformKind.KUBERNETES:
        raise ConsoleError(f"stack {project.stack} runs on this machine and needs no rights in a cluster", exit_code=ExitCode.USAGE)
    if user and group:
        raise ConsoleError("--user and --group exclude each other", exit_code=ExitCode.USAGE)
    from components.kubernetes.rights import roles  # noqa: PLC0415  # see console.reach

    for line in _remarks(managed=settings.kubernetes.cluster.manage_namespace):
        write_line(f"# {line}")
    write_line(yaml.safe_dump_all(roles(settings, project.stack, _subject(user, group)), sort_keys=False).rstrip())


def _remarks(*, managed: bool) -> Iterator[str]:
    yield "docs/rights.md says what each right is for."
    if managed:
        yield "kubernetes.manageNamespace is true: the namespace is made by `up`, so the Role can be applied only after it is made by hand;"
        yield "or bind its rules in a ClusterRole. With `kubernetes.manageNamespace: false` the namespace is there before."


def _subject(user: str, group: str) -> Mapping[str, str] | None:
    if user.startswith(_ACCOUNT):
        namespace, _, name = user.removeprefix(_ACCOUNT).partition(":")
        return {"kind": "ServiceAccount", "namespace": namespace, "name": name}
    if user:
        return {"kind": "User", "name": user}
    return {"kind": "Group", "name": group} if group else None
