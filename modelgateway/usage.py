"""What an answer cost in tokens."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one answer, or of several: as the upstream counted them, else estimated. `calls` counts calls at an upstream."""

    prompt: int = 0
    completion: int = 0
    calls: int = 0

    @property
    def total(self) -> int:
        """Prompt and completion together."""
        return self.prompt + self.completion

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(prompt=self.prompt + other.prompt, completion=self.completion + other.completion, calls=self.calls + other.calls)


NOTHING = Usage()
