"""Tests of SQL on this machine: a Flink of their own, which of them passed already, and the gate before a deployment."""
