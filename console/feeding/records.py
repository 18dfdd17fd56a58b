"""Records as bytes. A feed is allowed to hold anything at all: what is not a review is the pipeline's business, not ours."""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from console.errors import ConsoleError
from console.exit_codes import ExitCode


@dataclass(frozen=True, kw_only=True)
class Record:
    """What goes into Kafka. `key` is the product id where it can be read, so that a product's reviews keep their order."""

    key: bytes | None
    value: bytes


def record_of(line: bytes) -> Record:
    """Make a record of one line, byte for byte, whatever it holds."""
    review = _as_object(line)
    product = review.get("product_id") if review else None
    return Record(key=product.encode(errors="replace") if isinstance(product, str) and product else None, value=line)


def read_lines(content: bytes) -> list[Record]:
    """Make a record of each line. Empty lines count as records too, except the end of the file."""
    lines = content.split(b"\n")
    return [record_of(line.removesuffix(b"\r")) for line in (lines[:-1] if lines[-1] == b"" else lines)]


def read_malformed(content: bytes, file: str) -> list[Record]:
    """Read lines of `{"note", "base64"}`: records that cannot stand in a text file. Raises ConsoleError with file and line."""
    records = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            records.append(record_of(base64.b64decode(json.loads(line)["base64"], validate=True)))
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise ConsoleError(f"{file}:{number}:1: not a line of the form {{note, base64}}", exit_code=ExitCode.USAGE) from error
    return records


def repeated(records: list[Record]) -> Iterator[Record]:
    """Give the records again and again; from the second round on a review's id gets the round's number, so that ids stay unique."""
    for turn in count(1):
        for record in records:
            yield record if turn == 1 else _renamed(record, turn)


def mixed(good: Iterable[Record], malformed: list[Record], share: float) -> Iterator[Record]:
    """Give good records with malformed ones evenly among them, until the good ones end: `share` (0 to below 1) of all are malformed."""
    rest, spoilt = iter(good), repeated(malformed)
    for number in count(1):
        if malformed and int(number * share) > int((number - 1) * share):
            yield next(spoilt)
            continue
        record = next(rest, None)
        if record is None:
            return
        yield record


def _renamed(record: Record, turn: int) -> Record:
    review = _as_object(record.value)
    if review is None or not isinstance(review.get("review_id"), str):
        return record
    renamed = {**review, "review_id": f"{review['review_id']}-{turn}"}
    return Record(key=record.key, value=json.dumps(renamed).encode())


def _as_object(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
