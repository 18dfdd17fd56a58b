"""Run by the program's own interpreter: the program from the disk, connected to the engine.

It imports nothing of this repository. A RunError becomes its message; any other exception a message with the traceback.
"""

import argparse
import asyncio
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

import pulumi
import pulumi.runtime

HAS_SPOKEN = 32
"""The exit code of a program after which the host says nothing more."""
_THREADS_FOR_EACH_STEP = 4


def main() -> int:
    """Run the program and return the exit code."""
    given = _arguments()
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=given.monitor,
            engine=given.engine,
            project=given.project,
            stack=given.stack,
            organization=given.organization,
            root_directory=given.root_directory,
            parallel=given.parallel,
            dry_run=given.dry_run == "true",
        )
    )
    if given.pwd:
        os.chdir(given.pwd)
    sys.argv = [given.program, *given.arguments]
    # A program that fails leaves futures behind, of which asyncio complains at length.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with ThreadPoolExecutor(max(given.parallel, 1) * _THREADS_FOR_EACH_STEP) as threads:
        loop.set_default_executor(threads)
        return _run(loop, given.program)


def _run(loop: asyncio.AbstractEventLoop, program: str) -> int:
    def run() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(run))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception:  # noqa: BLE001  # whatever the program raises
        pulumi.log.error(f"Program failed with an unhandled exception:\n{traceback.format_exc()}")
        return HAS_SPOKEN
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("project", "root_directory", "stack", "pwd", "monitor", "engine", "organization", "dry_run", "tracing"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("program")
    parser.add_argument("arguments", nargs="*")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
