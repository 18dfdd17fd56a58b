"""What Prometheus is told at `/metrics`. Labels are few and bounded: no text, no key, no request id."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from modelgateway.rejection import Reason

_SECONDS = (0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 180)


class Metrics:
    """One registry for each gateway, so that several live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests by where their answer came from", "source")
        self.rejections = self._counter("rejections", "Requests that got no answer, by reason", "reason")
        self.calls = self._counter("upstream_calls", "Calls at an upstream, by outcome", "upstream", "outcome")
        self.tokens = self._counter("tokens", "Tokens that upstreams counted", "upstream", "direction")
        self.money = self._counter("money", "What calls cost, in the currency of the prices", "upstream")
        self.retries = self._counter("retries", "Attempts after the first one")
        self.repairs = self._counter("repairs", "Answers that were sent back to the model because they were not what was asked for")
        self.cut = self._counter("inputs_cut", "Inputs that were shortened to fit the model's context")
        self.cancelled = self._counter("cancelled", "Requests whose client went away before the answer")
        self.ledger_errors = self._counter("ledger_errors", "Reads or writes of the ledger that failed")
        self.latency = Histogram("modelgateway_request_seconds", "Time of a request", ["source"], buckets=_SECONDS, registry=self.registry)
        self.up = self._gauge("upstream_up", "1 while the circuit breaker of an upstream is closed", "upstream")
        self.in_flight = self._gauge("in_flight", "Requests that are being answered")
        self.answers_kept = self._gauge("answers_kept", "Answers in the ledger")
        self.budget_used = self._gauge("budget_used", "What the day (UTC) has cost, of each limit that is set", "limit")
        self.budget_limit = self._gauge("budget_limit", "The limits of a day that are set", "limit")
        # A counter that appears with its first event has no increase that a rule could see.
        for reason in Reason:
            self.rejections.labels(str(reason))

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(f"modelgateway_{name}", documentation, labels, registry=self.registry)

    def _gauge(self, name: str, documentation: str, *labels: str) -> Gauge:
        return Gauge(f"modelgateway_{name}", documentation, labels, registry=self.registry)
