"""The program of the process from which commands are forked: see tests.support.preloaded. `preloaded_program.py CONTROL MODULES console`.

It runs in the folder of the sources and imports nothing of the tests. It has one thread as long as it forks.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import socket
import sys
from pathlib import Path

DESCRIPTORS = 4
LONGEST = 1 << 20


def serve(control: socket.socket) -> list[str]:
    """Fork a command for each request. Return the command's arguments in the fork; end with the last command once nobody asks any more."""
    running: dict[int, tuple[int, int]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        asked = True
        while asked or running:
            for key, _ in selector.select():
                if key.fd in running:
                    selector.unregister(key.fd)
                    _tell_the_end(key.fd, *running.pop(key.fd))
                    continue
                message, descriptors, _, _ = socket.recv_fds(control, LONGEST, DESCRIPTORS)
                if not message:
                    selector.unregister(control)
                    asked = False
                    continue
                given = json.loads(message)
                process_id = os.fork()
                if process_id == 0:
                    selector.close()
                    others = [status for _, status in running.values()]
                    _become(given["environment"], descriptors, [control.detach(), *running, *others])
                    return [str(one) for one in given["arguments"]]
                *streams, status = descriptors
                for stream in streams:
                    os.close(stream)
                handle = os.pidfd_open(process_id)
                running[handle] = (process_id, status)
                selector.register(handle, selectors.EVENT_READ)
    sys.exit()


def _tell_the_end(handle: int, process_id: int, status: int) -> None:
    _, ended = os.waitpid(process_id, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(status, f"{os.waitstatus_to_exitcode(ended)}\n".encode())
    os.close(status)
    os.close(handle)


def _become(environment: dict[str, str], descriptors: list[int], inherited: list[int]) -> None:
    """Make this fork what `subprocess` makes of a new process: its streams and environment, a session of its own, nothing else open."""
    os.setsid()
    # Only now can the group be signalled by this number.
    with contextlib.suppress(BrokenPipeError):
        os.write(descriptors[-1], f"{os.getpid()}\n".encode())
    for number, stream in enumerate(descriptors[:3]):
        os.dup2(stream, number)
    for one in (*descriptors, *inherited):
        with contextlib.suppress(OSError):
            os.close(one)
    os.environ.clear()
    os.environ.update(environment)


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    # As `-m` has it.
    sys.path[0] = str(Path.cwd())
    for name in sys.argv[2].split(","):
        importlib.import_module(name)
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        sys.exit("a fork of a process with threads may hang")
    gc.collect()
    # Pages that the collector does not write to stay shared with the forks.
    gc.freeze()
    sys.argv[1:] = serve(control)
    runpy.run_module("console", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
