"""From what the settings say of amounts to the sizes that manifests take."""

from manifests.sizes import Compute

_UNITS = {"M": 10**6, "G": 10**9, "T": 10**12, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_MEBIBYTE = 2**20
_HEAP_SHARE = 3 / 8
"""Of the broker's memory; most of the rest is for what it keeps of files, and for its threads."""


def mebibytes(amount: str) -> int:
    """Return how much an amount in Kubernetes' notation is."""
    number = amount.rstrip("MGTi")
    return int(float(number) * _UNITS[amount[len(number) :]] / _MEBIBYTE)


def heap_mebibytes(memory: str) -> int:
    """Return how much of a broker's memory is for its heap."""
    return int(mebibytes(memory) * _HEAP_SHARE)


def compute(*, cpu: str, cpu_limit: str, memory: str) -> Compute:
    """Return the sizes of a workload; a limit below what is asked for is raised to it."""
    return Compute(cpu=cpu, cpu_limit=cpu_limit if cpus(cpu_limit) >= cpus(cpu) else cpu, memory=memory)


def cpus(amount: str) -> float:
    """Return how many CPUs an amount in Kubernetes' notation is."""
    return float(amount[:-1]) / 1000 if amount.endswith("m") else float(amount)
