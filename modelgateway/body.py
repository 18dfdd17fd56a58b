"""Reading a request body up to a size."""

from http import HTTPStatus

from starlette.requests import Request

from modelgateway.errors import AnswerError


async def read_body(request: Request, *, limit: int) -> bytes:
    """Read the whole body. Raises AnswerError (413) when it is longer than `limit` bytes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise AnswerError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The request body is longer than {limit} bytes. Cap the length of the text in SQL before ML_PREDICT.",
                kind="invalid_request_error",
                code="request_too_large",
            )
    return bytes(body)
