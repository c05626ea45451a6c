"""The database of a service: connections, the one place where transactions begin and end, and migrations."""
