"""What an answer has to be, and how each is paid for once: checks, the ledger on disk, calls in flight."""
