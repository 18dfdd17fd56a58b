"""What every command begins with: the stack that was asked for, the screen, and a driver when the engine is needed."""

from dataclasses import dataclass

from cluster import names
from console.drift.check import DriftCheck, NoDrift
from console.driver.run import Driver
from console.driver.run_watch import Companion, NoCompanion
from console.known_errors import MISTAKES
from console.project import Project, open_project
from console.screen import RunObserver, Screen, make_screen
from console.toolchain import ensure
from settings import PlatformKind, SettingsError


@dataclass(frozen=True, kw_only=True)
class Session:
    """One call of the command line."""

    stack: str
    screen: Screen

    def project(self) -> Project:
        """Read the stack file. Raises ConsoleError."""
        return open_project(self.stack)

    def driver(self, project: Project, observer: RunObserver) -> Driver:
        """Make the driver, with a CLI that is fetched or built when there is none. Raises ConsoleError."""
        toolchain = ensure(project.data_folder, observer.say)
        return Driver(
            project=project,
            toolchain=toolchain,
            program=_program,
            observer=observer,
            mistakes=MISTAKES,
            companion=lambda: _companion(project),
            drift=_drift(project),
        )


def _program() -> None:
    """Run the very function that __main__.py runs."""
    from components.program import program  # noqa: PLC0415  # the commands that only look start in half the time without it

    program()


def _companion(project: Project) -> Companion:
    """Watch the cluster of a stack that has one. Settings that cannot be read are the program's to complain about."""
    try:
        settings = project.settings()
    except SettingsError:
        return NoCompanion()
    if settings.platform is not PlatformKind.KUBERNETES:
        return NoCompanion()
    from cluster.api_server import connect  # noqa: PLC0415  # the client library is loaded where there is a cluster
    from cluster.diagnosis.subject import Kind, Subject  # noqa: PLC0415
    from console.waiting.cluster_watch import ClusterWatch  # noqa: PLC0415

    cluster = settings.kubernetes.cluster
    session = Subject(kind=Kind.FLINK_DEPLOYMENT, namespace=cluster.namespace, name=names.SESSION_CLUSTER)
    return ClusterWatch(lambda: connect(cluster.context, cluster.kubeconfig), session)


def _drift(project: Project) -> DriftCheck:
    """Look at the objects of a stack that lies in a cluster; on this machine every resource looks by itself."""
    try:
        settings = project.settings()
    except SettingsError:
        return NoDrift()
    if settings.platform is not PlatformKind.KUBERNETES:
        return NoDrift()
    from cluster.api_server import connect  # noqa: PLC0415  # as above
    from console.drift.cluster_drift import ClusterDrift  # noqa: PLC0415

    where = settings.kubernetes.cluster
    return ClusterDrift(lambda: connect(where.context, where.kubeconfig), project.stack, where.namespace)


def make_session(stack: str) -> Session:
    """Begin a call."""
    return Session(stack=stack, screen=make_screen())
