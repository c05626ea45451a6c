"""The processes of notifications: worker, relay, clock, web, one sender per channel, and the command line."""
