"""The errors of the embedded platform. Each message says what failed, why, and what to do next; none holds a secret."""


class EmbeddedError(Exception):
    """Base of all errors of this package. `str(error)` is a message for users, without a stack trace."""


class SettingsError(EmbeddedError):
    """A setting has a value that cannot be used: the message names the config key, the value and what is allowed."""


class ArtifactError(EmbeddedError):
    """A jar cannot be fetched: no network, disk full, unknown to the repository, or a checksum that is not the locked one."""


class JavaError(EmbeddedError):
    """No Java 17 or 21 was found and none could be installed."""


class DataFolderError(EmbeddedError):
    """The data folder cannot be used: not writable, another layout version, or a path that a service cannot handle."""


class PortTakenError(EmbeddedError):
    """A process outside this stack holds a port that a service needs. Names the port, the config key and, if readable, the holder."""

    def __init__(self, *, port: int, key: str, holder: str) -> None:
        self.port = port
        self.key = key
        self.holder = holder
        by = f"by {holder}" if holder else "by a process that this user cannot see"
        super().__init__(f"port {port} ({key}) is taken {by}: stop it, or choose another port with `pulumi config set {key} <port>`")


class ServiceFailedError(EmbeddedError):
    """A service was started and did not become ready. The message holds the root cause from its log."""


class SupervisorError(EmbeddedError):
    """The supervisor cannot be started or does not answer."""


class BusyError(EmbeddedError):
    """Another run is using the same data folder and did not finish in time."""


class ModelError(EmbeddedError):
    """The model cannot answer: its server is not reachable, or does not have the model."""
