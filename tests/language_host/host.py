"""The process of the doubled language host: the engine's protocol on one side, the program's process on the other."""

import importlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, language_pb2, language_pb2_grpc, plugin_pb2

from tests.language_host import ANNOUNCEMENT
from tests.language_host.environment import EnvironmentFailedError, VirtualEnvironment
from tests.language_host.executor import HAS_SPOKEN

_GRPC: Any = importlib.import_module("grpc")
_ENGINE: Any = engine_pb2
_LANGUAGE: Any = language_pb2
_PLUGIN: Any = plugin_pb2
"""None has types that a checker finds: a library without stubs, and classes made at run time."""

VERSION = "3.259.0"
_THREADS = 16
_LARGEST_MESSAGE = 400 * 1024 * 1024
_GRACE_SECONDS = 5.0
"""So long an interrupted program may take to end."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers the engine. One program runs at a time."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None

    def Handshake(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        """Take the engine's address."""
        self._engine = request.engine_address or self._engine
        return _LANGUAGE.LanguageHandshakeResponse()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        """Tell the version."""
        return _PLUGIN.PluginInfo(version=VERSION)

    def GetRequiredPackages(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        """Make the virtual environment where it is missing, and tell the plugins that its packages need."""
        environment = _environment(request.info)
        try:
            environment.ensure(self._log)
            plugins = environment.plugins() if environment.exists() else []
        except EnvironmentFailedError as error:
            context.abort(_GRPC.StatusCode.UNKNOWN, str(error))
        needed = [_PLUGIN.PackageDependency(name=one.name, kind="resource", version=one.version, server=one.server) for one in plugins]
        return _LANGUAGE.GetRequiredPackagesResponse(packages=needed)

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: ANN401, N802
        """Do what `pulumi install` asks for."""
        lines: list[str] = []
        try:
            _environment(request.info).install(lines.append)
        except EnvironmentFailedError as error:
            context.abort(_GRPC.StatusCode.UNKNOWN, "\n".join([*lines, str(error)]))
        for line in lines:
            yield _LANGUAGE.InstallDependenciesResponse(stdout=f"{line}\n".encode())

    def GetProgramDependencies(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        """Tell the packages of the virtual environment."""
        packages = _environment(request.info).packages()
        return _LANGUAGE.GetProgramDependenciesResponse(
            dependencies=[_LANGUAGE.DependencyInfo(name=name, version=version) for name, version in packages]
        )

    def About(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        """Tell which Python runs the program."""
        environment = _environment(request.info)
        version = environment.output("-c", "import platform; print(platform.python_version())").strip()
        return _LANGUAGE.AboutResponse(executable=environment.python, version=version, metadata={"toolchain": "Pip", "double": "yes"})

    def Run(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802
        """Run the program to its end."""
        environment = _environment(request.info)
        if not environment.exists():
            context.abort(_GRPC.StatusCode.UNKNOWN, f"{environment.folder} is not a virtual environment: run `pulumi install`")
        with self._lock:
            self._program = program = subprocess.Popen(
                [environment.python, str(Path(__file__).with_name("executor.py")), *_arguments(request, self._engine)],
                cwd=request.info.program_directory,
                env={**environment.variables(), **_configuration(request)},
            )
        context.add_callback(self._interrupt)
        code = program.wait()
        if code == HAS_SPOKEN:
            return _LANGUAGE.RunResponse(bail=True)
        return _LANGUAGE.RunResponse(error=f"program exited with non-zero exit code: {code}" if code else "")

    def RunPlugin(self, request: Any, _context: Any) -> Iterator[Any]:  # noqa: ANN401, N802
        """Run a plugin that is written in Python."""
        environment = _environment(request.info)
        variables = {**environment.variables(), **dict(one.partition("=")[::2] for one in request.env)}
        with subprocess.Popen(
            [environment.python, request.info.program_directory, *request.args],
            cwd=request.pwd,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as plugin:
            assert plugin.stdout is not None
            for line in plugin.stdout:
                yield _LANGUAGE.RunPluginResponse(stdout=line)
        yield _LANGUAGE.RunPluginResponse(exitcode=plugin.returncode)

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802
        """Interrupt the program: a resource failed, or the user does not want to go on."""
        self._interrupt()
        return empty_pb2.Empty()

    def _interrupt(self) -> None:
        with self._lock:
            program = self._program
        if program is None or program.poll() is not None:
            return
        program.send_signal(signal.SIGINT)
        killing = threading.Timer(_GRACE_SECONDS, program.kill)
        killing.daemon = True
        killing.start()

    def _log(self, line: str) -> None:
        with _GRPC.insecure_channel(self._engine) as channel:
            engine_pb2_grpc.EngineStub(channel).Log(_ENGINE.LogRequest(severity=_ENGINE.INFO, message=line))


def _environment(info: Any) -> VirtualEnvironment:  # noqa: ANN401
    named = dict(info.options).get("virtualenv", "")
    folder = Path(info.root_directory) / str(named) if named else None
    return VirtualEnvironment(folder=folder, program=Path(info.program_directory))


def _arguments(request: Any, engine: str) -> list[str]:  # noqa: ANN401
    values = {
        "monitor": request.monitor_address,
        "engine": engine,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "organization": request.organization,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
    }
    options = [word for name, value in values.items() if value for word in (f"--{name}", value)]
    return [*options, request.info.entry_point, *request.args]


def _configuration(request: Any) -> dict[str, str]:  # noqa: ANN401
    return {
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }


def serve(arguments: list[str], announce: Callable[[str], object]) -> None:
    """Serve until the engine ends this process. The first line of standard output is the port, as the protocol wants it."""
    announce(f"{ANNOUNCEMENT}\n")
    addresses = [one for one in arguments if not one.startswith("-")]
    server = _GRPC.server(
        futures.ThreadPoolExecutor(_THREADS),
        options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE), ("grpc.max_send_message_length", _LARGEST_MESSAGE)],
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(addresses[0] if addresses else ""), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    # The engine's way to say that it needs no host any more, and a terminal's Ctrl-C, which comes to the program as well.
    signal.signal(signal.SIGINT, lambda _number, _frame: server.stop(_GRACE_SECONDS))
    server.wait_for_termination()


def main() -> None:
    """Be `pulumi-language-python`."""
    serve(sys.argv[1:], sys.stderr.write)
