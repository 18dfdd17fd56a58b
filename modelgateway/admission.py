"""How many requests may be in the gateway at one time. Waiting is wanted: it holds rows back in Flink instead of failing them."""

from collections.abc import Iterator
from contextlib import contextmanager

from modelgateway.rejection import Reason, RejectedError, Rejection


class Admission:
    """A door that counts. Turns at an upstream are the upstream's own matter."""

    def __init__(self, *, capacity: int) -> None:
        self._capacity = capacity
        self.present = 0

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be in while the block runs. Raises RejectedError when the gateway is full."""
        if self.present >= self._capacity:
            message = f"{self._capacity} requests are in the model gateway already."
            raise RejectedError(Rejection(reason=Reason.OVERLOADED, message=message))
        self.present += 1
        try:
            yield
        finally:
            self.present -= 1
