"""Routing's part of the command line: classifier, load, SLA."""
