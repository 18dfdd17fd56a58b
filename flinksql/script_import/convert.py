"""A script as a bundle. What a bundle cannot hold is left out and said; a script that cannot be read gives no bundle at all."""

from collections.abc import Mapping, Sequence

from flinksql.errors import BundleError, StatementError
from flinksql.script_import.converter import Converter
from flinksql.script_import.manifest import manifest_text
from flinksql.script_import.outcome import Conversion, Outcome
from flinksql.script_import.rewrite import commonest_broker
from flinksql.script_import.split import Piece, split_script
from flinksql.sql.function_jars import parameter_of
from flinksql.sql.manifest import FILE
from flinksql.sql.placeholders import parameter_names, secret_names


def convert(text: str, file: str, known: Mapping[str, str], description: str) -> Conversion:
    """Turn a script into a bundle. `known` are values of the placeholders that every bundle gets, `file` is for messages.

    Raises BundleError, with every problem at its place in the script, for one that cannot be read or in which nothing is left to write.
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        pieces = split_script(plain, file)
    except StatementError as problem:
        raise BundleError([problem]) from None
    converter = Converter(known=known, broker=commonest_broker(pieces))
    for piece in pieces:
        converter.take(piece)
    if converter.problems:
        raise BundleError(converter.problems)
    converter.conclude()
    if not converter.made:
        raise BundleError([StatementError(f"{file} holds no statement that a bundle can have: {_summary(converter.outcomes)}")])
    texts = [*(one.text for one in converter.made), *(one.text for one in converter.catalogs.values())]
    given = {*known, *map(parameter_of, converter.jars.places.values())}
    used = sorted({name for text in texts for name in parameter_names(text)} - given)
    secrets = sorted({name for text in texts for name in secret_names(text)})
    files = {f"{one.name}.sql": one.text for one in converter.made}
    files[FILE] = manifest_text(description, _opening(pieces), used, converter.catalogs)
    return Conversion(
        files=files, outcomes=tuple(converter.outcomes), parameters=tuple(used), secrets=tuple(secrets), jars=converter.jars.places
    )


def _opening(pieces: Sequence[Piece]) -> list[str]:
    """Return what the script says of itself at its top, where it is not kept in the file of the first statement."""
    if pieces[0].tokens[0].is_word("CREATE", "INSERT"):
        return []
    return [comment.text.removeprefix("--").strip() for comment in pieces[0].above if comment.text.startswith("--")]


def _summary(outcomes: list[Outcome]) -> str:
    return "; ".join(f"{one.position} {one.title}: {one.why}" for one in outcomes[:3]) or "it is empty"
