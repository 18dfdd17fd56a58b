"""Which run of the SQL Gateway answers of its planner belong to.

`flinksql.statements.planner_answers` keeps them in this folder, and only where a file names the run. Each new start forgets them: a planner
with other jars or another configuration may answer otherwise.
"""

import shutil
import uuid

from embedded.data_folder import DataFolder, write_atomically

_FOLDER, _FILE = "answers", "run"


def begin_planner_run(folder: DataFolder) -> None:
    """Forget what earlier gateways answered. Call it when no gateway runs."""
    answers = folder.plans / _FOLDER
    shutil.rmtree(answers, ignore_errors=True)
    write_atomically(answers / _FILE, uuid.uuid4().hex)
