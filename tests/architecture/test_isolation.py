"""Each service stands alone: with the other services' folders gone, it imports, and its unit tests pass."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.contracts.catalog import SERVICES

ROOT = Path(__file__).resolve().parents[2]

_IMPORT_EVERYTHING = """
import importlib, pathlib, sys
names = []
for folder in ("shared", "services"):
    for path in sorted(pathlib.Path(folder).rglob("*.py")):
        parts = path.with_suffix("").parts
        if "migrations" in parts or parts[-1] in ("worker", "__main__") or "data" in parts:
            continue
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
for name in names:
    importlib.import_module(name)
foreign = sorted(name for name in sys.modules if name.startswith("services.") and not name.startswith(sys.argv[1]))
assert not foreign, foreign
print(len(names))
"""


@pytest.fixture(params=SERVICES)
def alone(request, tmp_path):
    """A folder with `shared`, one service and its unit tests, and nothing else of the project."""
    service = request.param
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=ignore)
    shutil.copytree(ROOT / "services" / service, tmp_path / "services" / service, ignore=ignore)
    unit_tests = ROOT / "tests" / "unit" / service
    if unit_tests.is_dir():
        shutil.copytree(unit_tests, tmp_path / "tests" / "unit" / service, ignore=ignore)
    shutil.copytree(ROOT / "tests" / "support", tmp_path / "tests" / "support", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return service, tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # -I -S would hide the venv; instead the checkout itself is kept off the path by running elsewhere.
    environment = {
        "PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1", "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_a_service_imports_with_the_others_deleted(alone):
    service, folder = alone
    done = run(folder, "-c", _IMPORT_EVERYTHING, f"services.{service}")
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 20


@pytest.mark.timeout(600)
def test_a_service_passes_its_unit_tests_with_the_others_deleted(alone):
    service, folder = alone
    tests = folder / "tests" / "unit" / service
    assert tests.is_dir(), f"{service} has no unit tests"
    done = run(folder, "-m", "pytest", "-q", "-x", "-m", "not slow", "-p", "no:randomly", str(tests))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
