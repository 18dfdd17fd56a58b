"""The messages that people meet most, each made by the code that shows it. `python -m tests.messages` lists them.

Every one names the cause, the place where there is one, and what to do.
"""
