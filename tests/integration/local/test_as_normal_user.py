"""The same system started by an account without privileges, when the tests themselves run as root."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.configuration import CHECKOUT
from deploy.local.leftovers import find_leftovers
from deploy.local.ports import free_ports
from deploy.local.unprivileged import Account, can_reach
from tests.support.eventually import eventually

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(os.geteuid() != 0, reason="every other test already runs as a normal user"),
]


@pytest.fixture
def nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


@pytest.fixture
def folder(nobody: Account) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-test-"))
    os.chown(folder, nobody.uid, nobody.gid)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def python(nobody: Account, folder: Path) -> Path:
    """A virtual environment of the account's own, on an interpreter it can reach, with our libraries."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [Path(sys.executable).resolve(), Path("/usr/bin") / name, Path("/usr/local/bin") / name]
    reachable = [path for path in candidates if path.exists() and can_reach(nobody, path)]
    libraries = Path(sysconfig.get_paths()["purelib"])
    if not reachable or not can_reach(nobody, libraries) or not can_reach(nobody, CHECKOUT):
        pytest.skip("a normal user cannot reach a Python of this version, the libraries or the checkout here")
    environment = folder / "venv"
    subprocess.run([reachable[0], "-m", "venv", "--without-pip", environment], check=True)
    site = environment / "lib" / name / "site-packages"
    (site / "ventanilla-test.pth").write_text(f"{libraries}\n")
    return environment / "bin" / "python"


def test_a_normal_user_starts_and_stops_everything(nobody: Account, folder: Path, python: Path) -> None:
    home = folder / "var"
    log = folder / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", "tests.integration.local.tiny_up", home, *map(str, free_ports(7))],
            cwd=CHECKOUT,
            env={"PATH": os.defpath, "PYTHONPATH": str(CHECKOUT), "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
            user=nobody.uid,
            group=nobody.gid,
            extra_groups=[],
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        eventually(lambda: process.poll() is not None or "Ctrl-C" in log.read_text(), within=60)
        assert process.poll() is None, log.read_text()
        running = find_leftovers(home, home / "postgres" / "data")
        assert {child.uids().real for child in running} == {nobody.uid}
        assert {"postgres", "valkey-server"} <= {child.name() for child in running}
        assert not (home / "postgres").is_symlink()
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0, log.read_text()
        assert find_leftovers(home, home / "postgres" / "data") == []
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
            eventually(lambda: not find_leftovers(home, home / "postgres" / "data"), within=40)
