"""The parts of the `kubernetes` library that are used here, with the types that it lacks."""

import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from kubernetes.client import ApiException, Configuration
from kubernetes.config import load_kube_config
from kubernetes.config.kube_config import KubeConfigMerger
from kubernetes.stream.ws_client import portforward_call, websocket_call

from cluster.process_folder import process_folder

_load: Callable[..., Any] = load_kube_config
_merge: Callable[[str], Any] = KubeConfigMerger
_port_forward: Callable[..., Any] = portforward_call
_run: Callable[..., Any] = websocket_call
_RUN_SECONDS = 20
_FRESH_SECONDS = 300.0
"""How long the credentials of an exec plugin are reused for new connections: running it may take seconds, or a second factor."""
_one_at_a_time = Lock()
"""If two threads write the same key, the library remembers one file and leaves the other behind."""
_known: dict[tuple[str, str, tuple[int, ...]], tuple[float, Configuration]] = {}


class LibraryError(Exception):
    """The library's error message, cut to one line."""


class PortForward(Protocol):
    """A websocket that carries one or more ports of a pod."""

    def socket(self, port_number: int) -> socket.socket:
        """Return the local end of the byte stream."""

    def error(self, port_number: int) -> str | None:
        """Return the error that the pod's end reported."""


def read_kubeconfig(paths: str) -> Mapping[str, Any]:
    """Read one file, or several joined as in KUBECONFIG. Raise LibraryError."""
    try:
        merged = _merge(paths).config
    except Exception as error:
        # The library passes on whatever its YAML reader and the file system raise.
        mark = getattr(error, "problem_mark", None)
        raise LibraryError(f"not valid YAML at line {mark.line + 1}" if mark else first_line(error)) from error
    value = _plain(merged)
    if not isinstance(value, dict):
        raise LibraryError("it holds no configuration")
    return value


def _plain(node: object) -> object:
    """Unwrap what the library wraps around parts of a file to remember where they came from."""
    value = getattr(node, "value", node)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def read_credentials(paths: str, context: str) -> Configuration:
    """Return the credentials of a context, running its exec plugin if it has one. Raise LibraryError.

    Keys in the kubeconfig are written to files in the process's own folder. Recent credentials are reused as long as the kubeconfig is
    unchanged.
    """
    try:
        with _one_at_a_time:
            now, asked = time.monotonic(), (paths, context, _stamps(paths))
            made, configuration = _known.get(asked, (0.0, None))
            if configuration is None or now - made > _FRESH_SECONDS:
                configuration = Configuration()
                folder = str(process_folder())
                _load(paths, context=context, client_configuration=configuration, persist_config=False, temp_file_path=folder)
                _known[asked] = (now, configuration)
    except Exception as error:
        # An exec plugin may fail in any way, and the library passes on every error.
        raise LibraryError(first_line(error)) from error
    return configuration


def _stamps(paths: str) -> tuple[int, ...]:
    """Return numbers that change when the files of a kubeconfig change."""
    files = [Path(one) for one in paths.split(os.pathsep) if Path(one).is_file()]
    return tuple(number for one in files for number in (one.stat().st_mtime_ns, one.stat().st_size))


def open_port_forward(configuration: Configuration, url: str, authorization: str) -> PortForward:
    """Open a stream to a pod's port. Raise LibraryError when the API server refuses."""
    headers = {"authorization": authorization} if authorization else {}
    try:
        forward: PortForward = _port_forward(configuration, "GET", url, headers=headers)
    except ApiException as error:
        raise LibraryError(first_line(str(error.reason or error.body or "refused"))) from error
    return forward


def run_in_pod(configuration: Configuration, url: str, authorization: str) -> str:
    """Run the command that the URL names and return its output. Raise LibraryError when the API server refuses."""
    headers = {"authorization": authorization} if authorization else {}
    try:
        return str(_run(configuration, "GET", url, headers=headers, _request_timeout=_RUN_SECONDS).data)
    except ApiException as error:
        raise LibraryError(first_line(str(error.reason or error.body or "refused"))) from error


def first_line(error: object) -> str:
    """Return the first line of what an exception says, or its name."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
