"""The rules of the house that a reader relies on when looking for the room of a line."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
NAMELESS = {"utils.py", "helpers.py", "common.py", "misc.py"}
TEXT_SUFFIXES = {".py", ".md", ".yml", ".yaml", ".toml", ".txt", ".html", ".sh", ".cfg", ".ini", ".po", ".in", ""}
# Assembled, so that this file does not contain what it forbids.
INDEX_HOSTS = re.compile("py" + r"pi\.org|" + "python" + "hosted|registry" + r"\.npm" + "js|index" + "-url")
FOREIGN_PATHS = re.compile(r"(^|[\s'\"=:(])/(wo" r"rk|ro" r"ot)/|\.\./sha" r"red")


def tracked(*suffixes: str) -> list[Path]:
    """The files git knows, or would take: tracked and untracked ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    paths = [ROOT / name for name in listed if (ROOT / name).is_file()]
    return [path for path in paths if not suffixes or path.suffix in suffixes]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_can_be_held_in_a_head():
    too_long = {relative(p): n for p in tracked(".py") if (n := len(p.read_text().splitlines())) > LONGEST_FILE}
    assert too_long == {}


def test_no_function_is_longer_than_a_screen():
    too_long = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in tracked(".py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    ]
    assert too_long == []


def test_no_room_is_nameless():
    assert [relative(path) for path in tracked(".py") if path.name in NAMELESS] == []


@pytest.mark.parametrize("forbidden", [INDEX_HOSTS, FOREIGN_PATHS], ids=["index hosts", "paths of one machine"])
def test_the_project_stands_alone(forbidden):
    found = [
        f"{relative(path)}:{number}: {line.strip()[:80]}"
        for path in tracked()
        if path.suffix in TEXT_SUFFIXES and path.stat().st_size < 1_000_000 and path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []


def test_every_pinned_requirement_carries_hashes():
    for path in (ROOT / "requirements").glob("*.txt"):
        pinned = re.split(r"\n(?=[a-z0-9])", path.read_text())
        bare = [entry.splitlines()[0] for entry in pinned if "==" in entry and "--hash=sha256:" not in entry]
        assert bare == [], path.name


def test_tests_wait_for_conditions_and_never_sleep():
    sleeping = [
        f"{relative(path)}:{number}"
        for path in tracked(".py")
        if path.is_relative_to(ROOT / "tests") and path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\btime\.sleep\(|from time import .*\bsleep\b|task_always_eager|fakeredis|sqlite:", line)
    ]
    assert sleeping == []


def test_every_ignore_says_why():
    silent = [
        f"{relative(path)}:{number}"
        for path in tracked(".py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"#\s*type:\s*ignore(\[[\w,\- ]+\])?\s*$|#\s*noqa\s*$", line)
    ]
    assert silent == []
