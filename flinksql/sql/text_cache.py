"""Results that are remembered by the text that they were read from, except for texts in which secrets were filled in.

A cache keeps its arguments as long as the process lives, and so would it keep a secret.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar, cast

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Confidential(str):
    """SQL in which secrets were filled in: no cache keeps it. What is cut out of it or built from it is a plain text again."""

    __slots__ = ()


def cached_unless_confidential(maxsize: int) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Remember the last results of a function whose first argument is a text, unless the text is confidential."""

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        cached = lru_cache(maxsize=maxsize)(function)

        @wraps(function)
        def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            if args and isinstance(args[0], Confidential):
                return function(*args, **kwargs)
            return cast("Callable[Parameters, Result]", cached)(*args, **kwargs)

        return wrapper

    return decorate
