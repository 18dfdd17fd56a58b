"""Kafka topics as tracked resources: planning a change and applying it through the admin protocol. No Pulumi here."""
