"""Live updates: one thread per web process follows the feed of changes and writes to everybody who watches."""
