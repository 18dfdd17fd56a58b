"""Where the benchmarks work: folders and ports of their own, apart from the stack that a developer may have running.

The home folder stays between runs, because an AppCDS archive is only good for the paths that it was made with: the jars and the archives in
it are used again, everything else in it is removed before each measurement.
"""

import os
import tempfile
from pathlib import Path

from options.infrastructure import Ports

REPOSITORY = Path(__file__).resolve().parent.parent

HOME = Path(os.environ.get("FLINK_REVIEWS_BENCHMARKS") or Path(tempfile.gettempdir()) / "flink-reviews-benchmarks").resolve()
"""Set FLINK_REVIEWS_BENCHMARKS to work elsewhere. Removing it costs one more download of the jars and one more start without archives."""

PORTS = Ports(
    kafka=17092,
    kafka_controller=17093,
    job_manager=17081,
    job_manager_rpc=17123,
    job_manager_blob=17124,
    task_manager_rpc=17125,
    task_manager_data=17126,
    sql_gateway=17083,
    model_gateway=17434,
    model_server=17435,
    flink_ui=17082,
    metrics=17249,
)
"""Below the range from which Linux takes the ports of outgoing connections."""
