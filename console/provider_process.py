"""The process of the dynamic providers: Pulumi's own server, with as many threads as the engine runs steps at a time.

Pulumi's has four, and each is held while a process gets ready or a job is watched until it counts as healthy: a hundred jobs would wait
for each other for most of a minute in which nothing is computed.
"""

import runpy
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor

SERVER = "pulumi.dynamic"
MODULE = "console.provider_process"
THREADS = 16

_POOL = "ThreadPoolExecutor"


def widened(max_workers: int) -> ThreadPoolExecutor:
    """Make the pool that the server asks for, with more threads. The next one that is asked for is an ordinary one again."""
    vars(futures)[_POOL] = ThreadPoolExecutor
    return ThreadPoolExecutor(max(max_workers, THREADS))


def main() -> None:
    """Run Pulumi's server until it is ended. It gives no way to say how many threads it has."""
    vars(futures)[_POOL] = widened
    runpy.run_module(SERVER, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
