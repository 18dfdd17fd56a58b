"""Providers that work through the connection that each resource names: Pulumi keeps one provider for all resources of a class."""

import json
from collections.abc import Callable, Mapping
from copy import copy
from functools import wraps
from threading import Lock
from types import MappingProxyType
from typing import Any, Self

from pulumi.dynamic import ConfigureRequest, ResourceProvider

from components.access import Access, resolve
from components.connection import PROPERTY, connection_in
from components.providers.properties import has_unknown
from components.providers.reporting import plainly

_ROUTED = ("check", "diff", "create", "read", "update", "delete")
"""What Pulumi asks a provider. The last argument of each holds the resource's properties, or its new ones."""


class ConnectedProvider(ResourceProvider):
    """Answers each call by a copy of itself for the resource's connection, which `connect` prepared.

    A new resource is reached by its inputs, one that is only in the state by what the state has.
    """

    serialize_as_secret_always = False

    def __init_subclass__(cls, **more: Any) -> None:  # noqa: ANN401
        """Route the calls that the class answers itself."""
        super().__init_subclass__(**more)
        for name in _ROUTED:
            if name in vars(cls):
                setattr(cls, name, _routed(vars(cls)[name]))

    def configure(self, req: ConfigureRequest) -> None:
        """Keep the configuration: addresses and credentials are taken from it when a resource names its connection."""
        self.request = req
        self.by_connection: dict[str, Self] = {}
        self.guard = Lock()

    def connect(self, access: Access) -> None:
        """Prepare this copy for one connection. Called once for each, before any call of the engine."""
        raise NotImplementedError

    def serve(self, provider: Self, properties: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Have `provider` answer for the connection that these properties name, in place of one that is made for it."""
        self.by_connection[_key(connection_in(properties))] = provider

    def at(self, properties: Mapping[str, Any]) -> Self:
        """Return the provider of the connection that these properties name. Raises ProviderError where it cannot be used.

        One that is not known before the update gives this provider itself: nothing can be looked at then.
        """
        connection = connection_in(properties)
        if has_unknown(connection):
            return self
        key = _key(connection)
        with self.guard:
            found = self.by_connection.get(key)
            if found is None:
                found = copy(self)
                with plainly("reading the configuration"):
                    found.connect(resolve({PROPERTY: connection}, self.request))
                self.by_connection[key] = found
            return found


def _key(connection: Mapping[str, Any]) -> str:
    return json.dumps(connection, sort_keys=True)


def _routed(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def at_its_connection(self: ConnectedProvider, *arguments: Any) -> Any:  # noqa: ANN401
        return method(self.at(arguments[-1]), *arguments)

    return at_its_connection
