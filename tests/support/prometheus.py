"""A real Prometheus for tests, on a free port, with the product's own rules."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.local.ports import LOOPBACK, free_ports
from tests.support.eventually import eventually
from tests.support.promql import RULES

MISSING = "prometheus is not installed here; `apt-get install prometheus` brings it and promtool"
_START_SECONDS = 30
_SCRAPE_SECONDS = 2


def is_installed() -> bool:
    return shutil.which("prometheus") is not None and shutil.which("promtool") is not None


class Prometheus:
    """Asks a running server."""

    def __init__(self, port: int) -> None:
        self._base = f"http://{LOOPBACK}:{port}"

    def is_ready(self) -> bool:
        with urllib.request.urlopen(f"{self._base}/-/ready", timeout=5) as answer:  # noqa: S310 - our own address
            return answer.status == 200

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series and values of an instant query."""
        asked = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"{self._base}/api/v1/query?{asked}", timeout=20) as answer:  # noqa: S310 - our own address
            document = json.load(answer)
        assert document["status"] == "success", document
        return list(document["data"]["result"])


@contextlib.contextmanager
def running(targets_file: Path, folder: Path) -> Iterator[Prometheus]:
    """Scrape the targets of a file and evaluate the product's rules until the block ends."""
    (port,) = free_ports(1)
    configuration = {
        "global": {"scrape_interval": f"{_SCRAPE_SECONDS}s", "evaluation_interval": f"{_SCRAPE_SECONDS}s"},
        "rule_files": [str(path) for path in RULES],
        "scrape_configs": [{"job_name": "ventanilla", "file_sd_configs": [{"files": [str(targets_file)]}]}],
    }
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(configuration), encoding="utf-8")  # JSON is YAML
    arguments = [
        "prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={LOOPBACK}:{port}",
    ]  # fmt: skip
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=log)
    try:
        server = Prometheus(port)
        eventually(server.is_ready, within=_START_SECONDS)
        yield server
    finally:
        process.terminate()
        process.wait(30)
