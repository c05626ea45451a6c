"""The compose file as the engine reads it, and what a container would run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def compose() -> dict[str, Any]:
    """docker-compose.yml with its anchors resolved."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="session")
def ours(compose: dict[str, Any]) -> dict[str, Any]:
    """The containers that run our own code, by name."""
    return {name: one for name, one in compose["services"].items() if one["image"].startswith("ventanilla/")}


@pytest.fixture
def make_secrets(tmp_path: Path) -> Callable[..., Path]:
    """Runs the script that makes secrets, beside a copy of itself so that the checkout's own stay; their folder."""

    def make(*options: str) -> Path:
        copy = shutil.copy(ROOT / "deploy/docker/make-secrets", tmp_path / "make-secrets")
        subprocess.run(["python3", copy, *options], capture_output=True, timeout=30, check=True)
        return tmp_path / "secrets"

    return make
