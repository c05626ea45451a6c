"""The operator's pages: the ledger and one message's sheet."""
