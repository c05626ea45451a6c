"""One place begins and commits, one place publishes, one place reads the environment: nowhere else, ever."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for part in ("shared", "services") for path in (ROOT / part).rglob("*.py"))
ENVIRONMENT_READERS = {
    # prometheus-client's own variable, which it reads itself as well
    "shared/messaging/processes.py",
    "shared/messaging/worker_watchdog.py",
    "shared/http/health.py",
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def attributes_of(tree: ast.AST) -> Iterator[ast.Attribute]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def calls_of(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(node: ast.expr) -> str:
    """The last name of an expression: `units` of `self.parts.units`, `parts` of `parts()`."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def imports_of(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def ends_transactions(tree: ast.AST) -> set[int]:
    return {node.lineno for node in attributes_of(tree) if node.attr in {"commit", "rollback", "begin_twophase"}}


def begins_transactions(tree: ast.AST) -> set[int]:
    """`units.begin()` opens a unit of work, through shared/db; any other `begin()` would be a transaction beside it."""
    return {
        call.lineno
        for call in calls_of(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "begin"
        and name_of(call.func.value).lstrip("_") not in {"units", "work"}
    } | {
        call.lineno
        for call in calls_of(tree)
        if name_of(call.func) in {"create_engine", "sessionmaker", "Session", "scoped_session"}
    }


def publishes(tree: ast.AST) -> set[int]:
    forbidden = {"lpush", "rpush", "xadd", "send_task", "apply_async", "delay", "publish", "publish_digests"}
    return {
        call.lineno for call in calls_of(tree) if isinstance(call.func, ast.Attribute) and call.func.attr in forbidden
    }


def reads_environment(tree: ast.AST) -> set[int]:
    return {
        node.lineno
        for node in attributes_of(tree)
        if node.attr in {"environ", "environb", "getenv"} and name_of(node.value) == "os"
    }


def found(rule, allowed) -> list[str]:
    return [
        f"{relative(path)}:{line}"
        for path in SOURCES
        if not allowed(relative(path))
        for line in sorted(rule(ast.parse(path.read_text(encoding="utf-8"))))
    ]


def is_in_shared_db(name: str) -> bool:
    return name.startswith("shared/db/")


def is_migration_environment(name: str) -> bool:
    return "/migrations/" in name


def test_transactions_end_in_shared_db_only():
    assert found(ends_transactions, is_in_shared_db) == []


def test_transactions_begin_in_shared_db_only():
    assert found(begins_transactions, lambda name: is_in_shared_db(name) or is_migration_environment(name)) == []


def test_only_the_relay_publishes():
    publishers = {
        "shared/messaging/relay.py",
        "shared/messaging/anti_entropy.py",  # the relay's nightly round
        "shared/messaging/broker.py",  # what the relay publishes with
        "shared/messaging/safe_transport.py",  # sets aside what cannot be read
    }
    assert found(publishes, publishers.__contains__) == []


def test_the_environment_is_read_in_one_place():
    assert found(reads_environment, lambda name: name == "shared/settings.py" or name in ENVIRONMENT_READERS) == []


def test_celery_and_redis_are_known_to_messaging_and_entrypoints_only():
    offenders = [
        relative(path)
        for path in SOURCES
        if imports_of(ast.parse(path.read_text(encoding="utf-8"))) & {"celery", "kombu", "billiard", "redis"}
        and not relative(path).startswith("shared/messaging/")
        and "/entrypoints/" not in relative(path)
    ]
    assert offenders == []


def test_contracts_and_ids_know_nothing_of_databases_or_brokers():
    for path in [*(ROOT / "shared" / "contracts").glob("*.py"), ROOT / "shared" / "ids.py"]:
        known = imports_of(ast.parse(path.read_text(encoding="utf-8")))
        assert not known & {"sqlalchemy", "psycopg", "redis", "celery", "kombu", "flask"}, relative(path)


@pytest.mark.parametrize(
    ("rule", "planted"),
    [
        (ends_transactions, "session.commit()"),
        (ends_transactions, "work.session.rollback()"),
        (begins_transactions, "engine.begin()"),
        (begins_transactions, "with session.begin(): pass"),
        (begins_transactions, "Session(engine)"),
        (publishes, "redis.lpush('q', b'')"),
        (publishes, "task.delay(1)"),
        (publishes, "parts.broker.publish('routing', now, [])"),
        (reads_environment, "import os\nos.environ['X']"),
        (reads_environment, "import os\nos.getenv('X')"),
    ],
)
def test_a_planted_violation_is_found(rule, planted):
    assert rule(ast.parse(planted))
    assert not rule(ast.parse("with parts().units.begin() as work:\n    work.emit(event)"))
