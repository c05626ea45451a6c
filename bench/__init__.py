"""`make bench`: what the system does per second, beside what its parts do bare, in one run on one machine."""
