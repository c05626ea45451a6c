"""Small real programs for the supervision tests: a web process and one that only works on."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable
from typing import Any


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A WSGI application that says who answers, and under `/environment` what it was given."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/environment":
        return [json.dumps(dict(os.environ)).encode()]  # noqa: TID251 - what it was given is the question
    return [f"{os.getpid()} {environ['PATH_INFO']}".encode()]


def work() -> None:
    """Wait for signals until told to stop."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        signal.pause()


if __name__ == "__main__":
    if sys.argv[1:] == ["fail"]:
        sys.exit("this command was made to fail")
    if sys.argv[1:] == ["succeed"]:
        sys.exit(0)
    work()
