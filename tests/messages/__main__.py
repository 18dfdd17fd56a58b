"""List the messages: what was wrong, what was run, what was said."""

import sys

from tests.messages.every import messages


def main() -> int:
    """Print every message; the exit code is 1 when one lacks something."""
    lacking = 0
    for number, message in enumerate(messages(), start=1):
        print(f"{number:3}. {message.situation} [{message.command}; {message.platform}]")
        print("\n".join(f"     {line}" for line in message.text.splitlines()))
        for fault in message.faults():
            lacking += 1
            print(f"     !! {fault}")
    print(f"{lacking} faults")
    return min(lacking, 1)


if __name__ == "__main__":
    sys.exit(main())
