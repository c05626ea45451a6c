"""The rules of messages: states, retries, the breaker, the alphabet of SMS. Nothing here talks to anything."""
