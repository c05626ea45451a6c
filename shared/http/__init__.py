"""The HTTP edge that all services share: errors, languages, idempotency, protection, health, the look of pages."""
