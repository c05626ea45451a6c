"""The product as it is delivered, running: for tests that use it as its users do."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.local.configuration import Configuration, Ports
from deploy.local.home import Home
from deploy.local.ports import free_ports
from deploy.local.system import LocalSystem

_PORTS = 7


class RunningSystem(LocalSystem):
    """A `LocalSystem` with what tests ask it for."""

    @property
    def targets_file(self) -> Path:
        """What Prometheus' `file_sd_configs` reads: every process that shows metrics."""
        return self.home.prometheus_targets

    def url(self, service: str, path: str = "") -> str:
        """The address of a page or a route of a service."""
        return self.configuration.public_url(service) + path

    def log_positions(self) -> dict[Path, int]:
        """How long each log is now; give it to `logged_since`."""
        return {path: path.stat().st_size for path in self.home.log.iterdir()}

    def logged_since(self, positions: dict[Path, int]) -> dict[str, str]:
        """What each process wrote since then, by the name of its log; silent ones are left out."""
        written = {}
        for path in sorted(self.home.log.iterdir()):
            with path.open("rb") as file:
                file.seek(min(positions.get(path, 0), path.stat().st_size))
                text = file.read().decode("utf-8", "replace")
            if text:
                written[path.stem] = text
        return written


@contextlib.contextmanager
def running_system() -> Iterator[RunningSystem]:
    """Start everything on free ports in a temporary home; stop and delete it in the end. Main thread only."""
    folder = Path(tempfile.mkdtemp(prefix="ventanilla-e2e-"))
    folder.chmod(0o755)  # as root PostgreSQL runs under another account, which must get through
    home = folder / "var"
    try:
        with RunningSystem(Configuration(home=home, ports=Ports(*free_ports(_PORTS)))) as system:
            yield system
    finally:
        Home(home).erase()
        shutil.rmtree(folder, ignore_errors=True)
