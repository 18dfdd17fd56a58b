"""`python -m embedded.llama_server`: llama.cpp's HTTP server from the package xllamacpp, as a process that a supervisor can keep.

Uses the standard library only besides that package, which lies in a folder of its own on the path.
"""

import argparse
import importlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_PACKAGE = "xllamacpp"
_MAGIC = b"GGUF"
_START_FAILED = 1
_WRONG_USAGE = 2


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal comes. Returns an exit code where it cannot, after one line that says why."""
    given = _parser().parse_args(arguments)
    if problem := _problem(given):
        return _fail(problem, _WRONG_USAGE)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        library = importlib.import_module(_PACKAGE)
        server = library.Server(_parameters(library, given))
    except ImportError as error:
        return _fail(f"the package {_PACKAGE} cannot be loaded ({error})", _START_FAILED)
    except (RuntimeError, ValueError) as error:
        return _fail(f"{given.model_file} cannot be served ({error}); the lines above say more", _START_FAILED)
    sys.stderr.write(f"llama_server: {given.alias} on {server.listening_address}, {given.threads} threads, {given.slots} slots\n")
    ended.wait()
    # An orderly end would wait for open requests. There is nothing to write, and whoever asked asks again.
    sys.stderr.flush()
    os._exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embedded.llama_server", description=__doc__)
    add = parser.add_argument
    add("--model-file", type=Path, required=True, help="a GGUF file")
    add("--alias", required=True, help="the name that the server lists and answers under")
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, required=True)
    add("--api-key-file", type=Path, required=True, help="a file with the key that callers must send")
    add("--threads", type=int, default=1, help="threads that compute (default: %(default)s)")
    add("--slots", type=int, default=1, help="answers that are made at one time (default: %(default)s)")
    add("--context-tokens", type=int, default=8192, help="tokens of each slot (default: %(default)s)")
    return parser


def _problem(given: argparse.Namespace) -> str:
    """Return what the library would refuse in one vague message for all causes."""
    try:
        with given.model_file.open("rb") as opened:
            if opened.read(len(_MAGIC)) != _MAGIC:
                return f"{given.model_file} is not a GGUF file"
        if not given.api_key_file.read_text(encoding="utf-8").strip():
            return f"{given.api_key_file} holds no key"
    except (OSError, UnicodeDecodeError) as error:
        return f"a file cannot be read: {error}"
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((given.host, given.port))
        except OSError as error:
            return f"port {given.port} on {given.host} cannot be opened: {error.strerror}"
    return ""


def _parameters(library: Any, given: argparse.Namespace) -> Any:  # noqa: ANN401  # the library comes without types
    parameters = library.CommonParams()
    parameters.model.path = str(given.model_file)
    parameters.model_alias = {given.alias}
    parameters.hostnames = [given.host]
    parameters.port = given.port
    parameters.api_keys = [given.api_key_file.read_text(encoding="utf-8").strip()]
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = given.threads
    parameters.n_parallel = given.slots
    # The library divides it by the slots.
    parameters.n_ctx = given.context_tokens * given.slots
    parameters.fit_params = False
    parameters.endpoint_metrics = True
    parameters.ui = False
    return parameters


def _fail(problem: str, code: int) -> int:
    sys.stderr.write(f"llama_server: {problem}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
