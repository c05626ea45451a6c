"""The books of the desk: what was submitted, what became of it, and whether anything is lost or there twice.

An accountant's view, for drills and fault tests. It reads every database, the broker and the sandboxes, which no
service may do, and changes nothing.
"""
