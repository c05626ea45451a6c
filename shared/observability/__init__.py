"""What operators see: structured logs with one correlation id, Prometheus metrics, optional traces."""
