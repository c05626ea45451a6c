"""A mail server for development: real SMTP in, plain files on disk, pages and JSON out. It delivers to nobody."""
