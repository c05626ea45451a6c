"""People's accounts: one implementation, one set of tables in each service that has people."""
