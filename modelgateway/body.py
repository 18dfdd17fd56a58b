"""Reading a request body up to a size."""

from starlette.requests import Request

from modelgateway.rejection import Reason, RejectedError, Rejection


async def read_body(request: Request, *, limit: int) -> bytes:
    """Read the whole body. Raises RejectedError when it is longer than `limit` bytes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            message = f"The request has more than {limit} bytes. Cap the length of the text in SQL before ML_PREDICT."
            raise RejectedError(Rejection(reason=Reason.INPUT_TOO_LONG, message=message))
    return bytes(body)
