"""A topic that leaves the state: its data is kept for the next life of the stack, or deleted where the stack made it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from components.providers.properties import Properties, integer, text
from components.providers.reporting import Once, say
from components.providers.topic_inputs import topic_owner
from components.providers.topic_ownership import is_own, is_recorded_as_own
from flinksql.kafka.admin import TopicAdmin
from flinksql.kafka.errors import BrokerUnreachableError, TopicError
from flinksql.kafka.ownership import TopicOwners

_RETURN_SECONDS = 30.0
"""A killed broker is started again by its supervisor and answers within seconds, on a busy machine later."""
_POLL_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class TopicRemoval:
    """Keep or delete a topic. `is_coming_back` tells whether a broker that does not answer is about to be started again."""

    admin: TopicAdmin
    owners: TopicOwners
    remark: Once
    is_coming_back: Callable[[], bool]

    def keep(self, name: str, props: Properties) -> None:
        """Note that the topic waits for the next life of this stack; where that cannot be noted, `up` names what to do."""
        if not is_recorded_as_own(props) or not text(props, "stack_id"):
            return
        try:
            self.owners.claim(name, replace(topic_owner(props), is_released=True), integer(props, "replication", 1))
        except TopicError as error:
            self.remark(f"It could not be noted that topics are left for this stack: {error}")

    def delete(self, name: str, props: Properties) -> None:
        """Delete a topic that the stack made. Raises BrokerUnreachableError when no broker answers in time."""
        deadline = time.monotonic() + _RETURN_SECONDS
        while True:
            try:
                self._delete_own(name, props)
            except BrokerUnreachableError:
                if time.monotonic() > deadline or not self.is_coming_back():
                    raise
                time.sleep(_POLL_SECONDS)
            else:
                return

    def _delete_own(self, name: str, props: Properties) -> None:
        found = self.admin.describe(name)
        if found is not None and not is_own(props, found):
            say(f"Topic {name} and its data are left: this stack did not make it.")
            return
        self.admin.delete(name)
        self.owners.release(name)
