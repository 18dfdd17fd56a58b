"""Where a Kafka is and how its clients are let in, as one value: whoever hands on the addresses hands on the credentials."""

from collections.abc import Mapping
from typing import Self


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


def client_options(bootstrap: str) -> Mapping[str, str]:
    """Return the options by which a client is let in; none for addresses alone."""
    return bootstrap.options if isinstance(bootstrap, Brokers) else {}
