"""Keeping a proxy of the environment away from this machine's own addresses.

Measured: gRPC for Python sends even what is meant for 127.0.0.1 to the proxy of `http_proxy` unless `no_proxy` names the address, and with
gRPC the engine talks to our program and to its providers. Without this nobody behind a proxy could run anything.
"""

from collections.abc import MutableMapping

_LOOPBACK = ("127.0.0.1", "localhost")
_VARIABLES = ("no_proxy", "NO_PROXY")


def exempt_loopback(environment: MutableMapping[str, str]) -> None:
    """Add the loopback addresses to the lists of hosts that are reached without a proxy. Child processes inherit them."""
    listed = [name.strip() for variable in _VARIABLES for name in environment.get(variable, "").split(",") if name.strip()]
    names = ",".join(dict.fromkeys([*listed, *_LOOPBACK]))
    for variable in _VARIABLES:
        environment[variable] = names
