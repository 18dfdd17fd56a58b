"""The stack that commands work on unless another is named."""

LOCAL = "local"
"""Its secrets need no passphrase: it holds nothing that is worth one."""
