"""Driving the program through the Pulumi Automation API: one run at a time, a clean end whatever happens, errors for people."""
