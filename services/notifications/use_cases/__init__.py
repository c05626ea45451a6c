"""What the service does, one subject a file; each function acts within the transaction it is given."""
