"""The errors that leave this package: one that becomes an HTTP answer, one that stops the start.

The body of an error has the shape that OpenAI's clients read: `{"error": {"message", "type", "param", "code"}}`
(OpenAI API reference, "Error codes"). No message quotes a text of the request, because Flink prints messages into its log.
"""

from http import HTTPStatus


class SettingsError(Exception):
    """The gateway cannot start with these arguments. `str(error)` says which one and what to give instead."""


class AnswerError(Exception):
    """A request that ends in an error answer.

    `kind` is OpenAI's `type` (`invalid_request_error`, `api_error`); `param` names the field of the request that is wrong, or is None;
    `code` is a word for programs.
    """

    def __init__(
        self, status: HTTPStatus, message: str, *, kind: str = "api_error", param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.param = param
        self.code = code

    def body(self) -> dict[str, dict[str, str | None]]:
        """Return the error as OpenAI's clients read it."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


def invalid_request(message: str, *, param: str | None = None, code: str | None = None) -> AnswerError:
    """Return the error of a wrong request (400): a retry gives the same answer."""
    return AnswerError(HTTPStatus.BAD_REQUEST, message, kind="invalid_request_error", param=param, code=code)
