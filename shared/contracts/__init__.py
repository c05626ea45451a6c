"""The contracts between services: the events they exchange, and nothing else."""
