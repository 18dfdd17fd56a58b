"""How many requests the process of the dynamic providers works on at once: Pulumi's own server stops at four."""

from concurrent.futures import ThreadPoolExecutor

from console.driver.run import PARALLEL_STEPS
from tests.program.provider_process import provider_process
from tests.program.waiting_provider import TOGETHER, WaitingProvider


def test_as_many_steps_run_at_once_as_the_engine_starts() -> None:
    assert TOGETHER == PARALLEL_STEPS
    with provider_process() as process, ThreadPoolExecutor(TOGETHER) as pool:
        process.configure({})
        made = [pool.submit(process.create, WaitingProvider(), {}) for _ in range(TOGETHER)]
        assert {one.result()[0] for one in made} == {"met"}
