"""Notifications: writes to people, by e-mail and SMS, and keeps the ledger of every message and every attempt."""
