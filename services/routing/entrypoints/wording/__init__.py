"""What people read, in their language: names, sentences and forms of what the desk does."""
