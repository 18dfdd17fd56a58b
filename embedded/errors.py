"""The errors of the embedded platform. Each message says what failed, why, and what to do next; none holds a secret."""


class EmbeddedError(Exception):
    """Base of all errors of this package. `str(error)` is a text for people, without a stack trace."""


class SettingsError(EmbeddedError):
    """A setting has a value that cannot be used: the message names the config key, the value and what is allowed."""


class ArtifactError(EmbeddedError):
    """A jar could not be brought here: no network, disk full, unknown to the repository, or its checksum is not the locked one."""


class JavaError(EmbeddedError):
    """No Java 17 or 21 was found and none could be installed."""


class DataFolderError(EmbeddedError):
    """The data folder cannot be used: not writable, of another layout version, or with a path that a part cannot digest."""


class PortTakenError(EmbeddedError):
    """A port that a service needs is held outside of this stack. Names the port, the config key and, where readable, the holder."""

    def __init__(self, *, port: int, key: str, holder: str) -> None:
        self.port = port
        self.key = key
        self.holder = holder
        by = f"by {holder}" if holder else "by a process that this user cannot see"
        super().__init__(f"port {port} ({key}) is taken {by}: stop it, or choose another port with `pulumi config set {key} <port>`")


class ServiceFailedError(EmbeddedError):
    """A service was started and did not become ready. The message holds the root cause as its log tells it."""


class SupervisorError(EmbeddedError):
    """The supervisor cannot be started or does not answer."""


class BusyError(EmbeddedError):
    """Another run works on the same data folder and did not finish in time."""


class ModelError(EmbeddedError):
    """The model cannot be brought to answer: its server is not there, or does not have it."""
