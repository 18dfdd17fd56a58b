"""`console ui`: one page on the loopback address that shows a stack."""
