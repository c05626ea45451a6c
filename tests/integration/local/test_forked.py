"""A module run in a fork is what `python -m` would have made of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.local.configuration import CHECKOUT
from deploy.local.forked import module_arguments

pytestmark = pytest.mark.integration

_FORK = """
import json, os, signal, sys
from deploy.local import forked
signal.signal(signal.SIGTERM, lambda *_: None)
forked.preload()
pid = os.fork()
if not pid:
    forked.become(["probe", *json.loads(sys.argv[1])], {"ONLY": "this"}, "ventanilla: probe")
print(json.dumps({"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}))
"""
_PROBE = """
import atexit, json, os, pathlib, signal, sys, threading
atexit.register(print, "the end", flush=True)
print(json.dumps({
    "name": __name__, "file": os.path.basename(sys.argv[0]), "arguments": sys.argv[1:], "path": sys.path[0],
    "env": dict(os.environ), "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "terminate": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
    "title": pathlib.Path("/proc/self/cmdline").read_text().rstrip("\\0 "),
    "is_shared": "sqlalchemy.orm" in sys.modules, "is_own": "prometheus_client" not in sys.modules,
}))
threading.Timer(0.05, print, ["the thread"], {"flush": True}).start()
if sys.argv[1:] == ["break"]:
    raise RuntimeError("broken on purpose")
if sys.argv[1:]:
    sys.exit(json.loads(sys.argv[1]))
"""


def _run(folder: Path, *arguments: str) -> tuple[dict[str, Any], list[str], str]:
    """What the probe says of itself, the lines after that, and what went to standard error."""
    (folder / "probe.py").write_text(_PROBE)
    done = subprocess.run(
        [sys.executable, "-c", _FORK, json.dumps(arguments)],
        cwd=folder,
        env={"PYTHONPATH": str(CHECKOUT), "SPT_NOENV": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    said, *rest = done.stdout.splitlines()
    return json.loads(said), rest, done.stderr


def test_it_has_its_own_arguments_environment_signals_and_title(tmp_path: Path) -> None:
    said, rest, _ = _run(tmp_path)
    assert said == {
        "name": "__main__",
        "file": "probe.py",
        "arguments": [],
        "path": str(tmp_path),
        "env": {"ONLY": "this"},
        "interrupt": True,
        "terminate": True,
        "title": "ventanilla: probe",
        "is_shared": True,
        "is_own": True,
    }
    assert rest == ["the thread", "the end", '{"code": 0}']


@pytest.mark.parametrize(
    ("argument", "code", "error"),
    [("7", 7, ""), ('"no puedo"', 1, "no puedo"), ("break", 1, "RuntimeError: broken on purpose"), ("null", 0, "")],
)
def test_it_ends_as_an_interpreter_ends(tmp_path: Path, argument: str, code: int, error: str) -> None:
    said, rest, errors = _run(tmp_path, argument)
    assert said["arguments"] == [argument]
    assert rest == ["the thread", "the end", json.dumps({"code": code})]
    assert error in errors


def test_only_modules_of_our_own_interpreter_are_forked() -> None:
    assert module_arguments([sys.executable, "-m", "celery", "worker"]) == ["celery", "worker"]
    assert module_arguments(["/usr/bin/postgres", "-D", "data"]) is None
    assert module_arguments(["/usr/bin/python3", "-m", "celery"]) is None
