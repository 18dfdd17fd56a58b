"""The error types of all parts whose text is written for people. Everything else that is raised is a defect of ours."""

from components.providers.reporting import KNOWN
from platforms.errors import PlatformError

MISTAKES: tuple[type[Exception], ...] = (*KNOWN, PlatformError)
