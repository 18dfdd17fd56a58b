"""The errors of topics. Two families, as elsewhere: what must be changed first, and what may work on the next try."""


class TopicError(Exception):
    """Base of all errors of this package. `str(error)` is a text for people, without a stack trace."""


class PermanentTopicError(TopicError):
    """The same request is refused again: the wish, or the broker's limits, must change first."""


class RefusedChangeError(PermanentTopicError):
    """The wished change cannot be made to an existing topic without losing what is in it. Raised before anything changes."""


class TransientTopicError(TopicError):
    """The broker could not be asked now, or did not finish in time."""


class BrokerUnreachableError(TransientTopicError):
    """No broker answers at `bootstrap` (host:port)."""

    def __init__(self, doing: str, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        super().__init__(f"{doing} failed: no Kafka broker answers at {bootstrap}. Start it, or correct the address, and try again")
