"""The HTTP API: the ledger for operators and programs, and the door for delivery reports."""
