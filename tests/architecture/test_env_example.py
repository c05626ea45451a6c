"""`.env.example` names every variable that a process of Ventanilla reads, and none that nobody reads."""

from __future__ import annotations

import contextlib
import importlib
import re
from pathlib import Path

import pytest
from environs import FileAwareEnv

from shared.contracts.catalog import SERVICES
from shared.settings import SettingsError

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"


def documented(prefix: str) -> set[str]:
    return set(re.findall(rf"^#?\s?({prefix}_[A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE))


@pytest.fixture
def asked(monkeypatch):
    """The names of the variables that were asked for while a service read its settings."""
    names: set[str] = set()
    original = FileAwareEnv._get_value

    def recording(self, env_key, default):
        names.add(env_key)
        return original(self, env_key, default)

    monkeypatch.setattr(FileAwareEnv, "_get_value", recording)
    return names


@pytest.mark.parametrize("service", SERVICES)
def test_the_example_is_complete(service, asked):
    settings = importlib.import_module(f"services.{service}.settings")
    with contextlib.suppress(SettingsError):
        settings.read()
    assert len(asked) > 5
    assert documented(service.upper()) == asked
