"""Where a Kafka is and how its clients are let in, as one value: whoever hands on the addresses hands on the credentials."""

from collections.abc import Mapping
from typing import Any, Self

_QUIET: Mapping[str, Any] = {"log_level": 0, "socket.connection.setup.timeout.ms": 5000}
"""The library would print each refused connection; the errors that are raised say it once."""


class Brokers(str):
    """`host:port`, several with commas, with `options` of the Kafka client such as `security.protocol`.

    Its text shows the addresses only.
    """

    __slots__ = ("options",)
    options: Mapping[str, str]

    def __new__(cls, bootstrap: str, options: Mapping[str, str] | None = None) -> Self:
        """Return the addresses with these options."""
        made = super().__new__(cls, bootstrap)
        made.options = dict(options or {})
        return made

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Copy and pickle the addresses alone: no credential is written anywhere."""
        return (str, (str.__str__(self),))


def with_passwords(options: Mapping[str, str], *, login: str, key: str) -> Mapping[str, str]:
    """Return options of the Kafka client with those of its passwords that there are: the login's, and that of the client's key."""
    secrets = {"sasl.password": login, "ssl.key.password": key}
    return {**options, **{name: value for name, value in secrets.items() if value}}


def client_options(bootstrap: str) -> Mapping[str, str]:
    """Return the options by which a client is let in; none for addresses alone."""
    return bootstrap.options if isinstance(bootstrap, Brokers) else {}


def client_settings(bootstrap: str, options: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the settings of a client that is let in and prints nothing; `options` win over those that come with the addresses."""
    return {**_QUIET, **client_options(bootstrap), **(options or {}), "bootstrap.servers": bootstrap}
