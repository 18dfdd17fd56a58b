"""What an image of ours is built from, and the tag that follows from it: the same content, the same tag, on every machine."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.names import PROJECT_FOLDER

_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class ImageSource:
    """Paths are relative to `root`. `contents` are the files and folders that the Dockerfile takes from the context, and itself."""

    context: str
    dockerfile: str
    contents: tuple[str, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)
    root: Path = PROJECT_FOLDER

    @property
    def tag(self) -> str:
        """Hexadecimal digits over everything that goes into the image but its base, which the Dockerfile pins."""
        digest = hashlib.sha256()
        for name, value in sorted(self.arguments.items()):
            digest.update(f"{name}={value}\0".encode())
        for file in self._files():
            digest.update(f"{file.relative_to(self.root).as_posix()}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\0".encode())
        return digest.hexdigest()[:_DIGITS]

    def _files(self) -> Iterator[Path]:
        for content in sorted(self.contents):
            place = self.root / content
            files = [place] if place.is_file() else sorted(place.rglob("*"))
            yield from (file for file in files if file.is_file() and "__pycache__" not in file.parts)
