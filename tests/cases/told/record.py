"""`python -m tests.cases.told.record GATEWAY_URL`: record what a real gateway says of the blocks, for unit tests.

An address of TLS is that of the project's own stack.
"""

import json
import sys
import tempfile
from pathlib import Path

from components.flink_endpoint import GATEWAY, flink_endpoint
from components.names import PROJECT_FOLDER
from tests.support.recording import Answer, RecordingGateway
from tests.support.told import FOLDER, RECORDED, blocks, told, unlike

LONGEST = 300
"""Of a plan nothing is read but that there is one."""


def main(url: str) -> int:
    """Record all blocks; print what is not as expected."""
    recorded: dict[str, list[Answer]] = {}
    wrong = 0
    for block in blocks():
        gateway = RecordingGateway(flink_endpoint(GATEWAY, url, PROJECT_FOLDER / ".data"))
        with tempfile.TemporaryDirectory() as folder:
            found = told(block, Path(folder) / FOLDER, gateway)
        recorded[block.name] = [_short(answer) for answer in gateway.answers]
        for problem in unlike(block, found):
            wrong += 1
            print(f"{block.name}: {problem}")
    lines = [f"{json.dumps(name)}: {json.dumps(answers, ensure_ascii=False)}" for name, answers in recorded.items()]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(recorded)} blocks recorded, {wrong} not as expected")
    return min(wrong, 1)


def _short(answer: Answer) -> Answer:
    rows = [[field[:LONGEST] if isinstance(field, str) else field for field in row] for row in answer.get("rows", ())]
    return {**answer, "rows": rows} if "rows" in answer else answer


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
