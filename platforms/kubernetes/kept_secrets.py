"""Secrets that somebody else keeps in the stack's namespace: read when they are used, and never written."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from cluster.api_server import ApiServer
from cluster.errors import ApiServerForbiddenError, ClusterError
from components.kubernetes.flink_configuration import ACCESS_KEY, SECRET_KEY
from flinksql.errors import PermanentError
from options.option import declarations
from settings import Settings
from settings.keys import SOURCE_PREFIX
from settings.kubernetes import ModelKeySettings


class KeptSecrets:
    """The Secrets that a stack's settings name, each read once. Not shared between runs: what was rotated is read anew."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: dict[str, Mapping[str, Any] | None] = {}

    def values(self, sources: Mapping[str, str], api_server: ApiServer) -> dict[str, str]:
        """Return secrets by name, from `<secret>/<key>` by name. Raises PermanentError, which names the Secret and what to do."""
        return {name: self._value(f"{SOURCE_PREFIX}{name}", source, api_server) for name, source in sources.items()}

    def problems(self, api_server: ApiServer) -> Iterator[str]:
        """Yield what is missing of all that the settings name, keys of model servers among them."""
        keys = self._settings.kubernetes.model_keys
        named = [(f"{SOURCE_PREFIX}{name}", source) for name, source in self._settings.secret_sources.items()]
        named += [(declared.key, getattr(keys, name)) for name, declared in declarations(ModelKeySettings).items()]
        for setting, source in named:
            try:
                if source:
                    self._value(setting, source, api_server)
            except PermanentError as error:
                yield str(error)
        yield from self._store_problems(api_server)

        if login := self._settings.kubernetes.kafka.login:
            yield from self._login_problems(login, api_server)

    def _login_problems(self, login: str, api_server: ApiServer) -> Iterator[str]:
        """Yield why Flink's pods could not start: one that names a Secret which is not there waits for it, for ever."""
        try:
            if self._data(login, "kafka.login", api_server) is None:
                yield f"kafka.login names Secret {login}, and namespace {self._namespace} has none of that name: make it first."
        except PermanentError as error:
            yield str(error)

    def _store_problems(self, api_server: ApiServer) -> Iterator[str]:
        store = self._settings.kubernetes.object_store.credentials
        try:
            for key in (ACCESS_KEY, SECRET_KEY) if store else ():
                self._value("objectStore.credentials", f"{store}/{key}", api_server)
        except PermanentError as error:
            yield str(error)

    @property
    def _namespace(self) -> str:
        return self._settings.kubernetes.cluster.namespace

    def _data(self, name: str, setting: str, api_server: ApiServer) -> Mapping[str, Any] | None:
        if name not in self._read:
            self._read[name] = _found(api_server, f"/api/v1/namespaces/{self._namespace}/secrets/{name}", f"{setting} names Secret {name}")
        return self._read[name]

    def _value(self, setting: str, source: str, api_server: ApiServer) -> str:
        name, _, key = source.partition("/")
        namespace = self._namespace
        data = self._data(name, setting, api_server)
        if data is None:
            way = f"`kubectl -n {namespace} create secret generic {name} --from-file={key}=FILE`, or whoever keeps your secrets makes it"
            raise PermanentError(f"{setting} names Secret {name}, and namespace {namespace} has none of that name: {way}.")
        if key not in data:
            known = ", ".join(sorted(data)) or "none"
            raise PermanentError(f"{setting} names key {key} of Secret {name}, which does not have it. Its keys: {known}.")
        try:
            return base64.b64decode(data[key], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise PermanentError(f"{setting}: key {key} of Secret {name} is no text in UTF-8.") from None


def _found(api_server: ApiServer, path: str, what: str) -> Mapping[str, Any] | None:
    try:
        found = api_server.find(path)
    except ApiServerForbiddenError:
        advice = "ask for the right that `python -m console rights` prints"
        raise PermanentError(f"{what}, and you may not read it: {advice}.") from None
    except ClusterError as error:
        raise PermanentError(f"{what}, which could not be read: {error}") from None
    return None if found is None else dict(found.get("data") or {})
