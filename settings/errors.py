"""The error of a stack file that cannot be used."""

from collections.abc import Sequence


class SettingsError(Exception):
    """The stack's configuration cannot be used. Holds every mistake that was found; none shows the value of a secret."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = "1 mistake" if len(self.problems) == 1 else f"{len(self.problems)} mistakes"
        super().__init__("\n".join([f"{count} in the stack's configuration:", *(f"  {problem}" for problem in self.problems)]))
