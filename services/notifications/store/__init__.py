"""The tables of notifications and every query on them."""
