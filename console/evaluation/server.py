"""A model server for an evaluation: the stack's own where it runs, else one that is started for it and ended with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from console.errors import ConsoleError
from console.exit_codes import ExitCode
from embedded.control import ServiceControl
from embedded.data_folder import ensure_folder
from embedded.errors import EmbeddedError
from embedded.java import ensure_java
from embedded.llamacpp import ensure_packages, key_file, wanted
from embedded.processes import marked
from embedded.settings import EmbeddedSettings
from embedded.specification import ServiceName


@contextmanager
def served(settings: EmbeddedSettings) -> Iterator[None]:
    """Have llama.cpp's server running within the block, where the settings ask for it. Raises ConsoleError when it does not start."""
    control = ServiceControl(settings)
    if not wanted(settings.model) or control.observe(ServiceName.MODEL_SERVER).ready:
        yield
        return
    ours = not marked(settings.folder)
    try:
        ensure_folder(settings.folder)
        # Every service is started by the same hand, which asks for Java.
        ensure_java(settings.folder)
        ensure_packages(settings)
        control.start(ServiceName.MODEL_SERVER)
    except EmbeddedError as error:
        raise ConsoleError(str(error), exit_code=ExitCode.UNHEALTHY) from error
    try:
        yield
    finally:
        if ours:
            control.shutdown()
            key_file(settings.folder).unlink(missing_ok=True)
