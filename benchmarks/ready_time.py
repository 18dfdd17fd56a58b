"""All services started together against the slowest one started alone: what starting in parallel leaves of the sum.

Each with its AppCDS archive and an emptied data folder. A single TaskManager cannot be ready without a JobManager, so that one runs already
when the TaskManager is measured alone.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psutil

from benchmarks.comparison import Comparison, Measurement
from benchmarks.project import Project
from benchmarks.scale import Scale
from embedded.control import ServiceControl
from embedded.data_folder import DataFolder
from embedded.processes import marked
from embedded.specification import ServiceName

GOAL = 1.3
_SERVICES = tuple(one for one in ServiceName if one not in {ServiceName.MODEL_SERVER, ServiceName.METRICS})
"""Those of the default settings."""
_NEEDS = {ServiceName.TASK_MANAGER: (ServiceName.JOB_MANAGER,)}


def run(scale: Scale) -> Sequence[Comparison]:
    """Measure rounds: everything together, then each alone."""
    project = Project({}, scale)
    project.prepare()
    control = ServiceControl(project.settings)
    try:
        if not scale.small:
            _together(project, control)
        together: list[float] = []
        computing: list[float] = []
        alone: dict[ServiceName, list[float]] = {service: [] for service in _SERVICES}
        for _ in range(scale.pairs):
            seconds, computed = _together(project, control)
            together.append(seconds)
            computing.append(computed)
            for service in _SERVICES:
                alone[service].append(_alone(project, control, service))
    finally:
        control.shutdown()
        project.empty()
    singles = [Measurement(label=f"{service} alone", unit="s", values=tuple(values)) for service, values in alone.items()]
    slowest = max(singles, key=lambda single: single.median)
    return [
        Comparison(
            name="time to ready",
            ours=Measurement(label="all five together", unit="s", values=tuple(together)),
            theirs=slowest,
            goal=GOAL,
            notes=(
                *(str(single) for single in singles),
                str(Measurement(label="processor time of all five until ready, over all cores", unit="s", values=tuple(computing))),
            ),
        )
    ]


def start_together(control: ServiceControl) -> float:
    """Start all services at once and give the seconds until the last is ready."""
    began = time.perf_counter()
    with ThreadPoolExecutor(len(ServiceName)) as pool:
        for started in [pool.submit(control.start, service) for service in _SERVICES]:
            started.result()
    return time.perf_counter() - began


def _together(project: Project, control: ServiceControl) -> tuple[float, float]:
    """Return the seconds until all are ready, and the seconds that the cores have computed for them by then."""
    project.empty_data()
    try:
        return start_together(control), processor_seconds(project.settings.folder)
    finally:
        control.shutdown()


def processor_seconds(folder: DataFolder) -> float:
    """Sum up the user and system time of the services of a data folder that run now."""
    times = [psutil.Process(one.pid).cpu_times() for one in marked(folder)]
    return sum(time_of.user + time_of.system for time_of in times)


def _alone(project: Project, control: ServiceControl, service: ServiceName) -> float:
    project.empty_data()
    try:
        for needed in _NEEDS.get(service, ()):
            control.start(needed)
        began = time.perf_counter()
        control.start(service)
        return time.perf_counter() - began
    finally:
        control.shutdown()
