"""Kafka topics as tracked things: planning a change and carrying it out through the admin protocol. No Pulumi here."""
