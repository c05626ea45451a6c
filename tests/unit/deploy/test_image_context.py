"""What an image is built from."""

from __future__ import annotations

from pathlib import Path

from deploy.local.configuration import CHECKOUT

_IGNORED = Path(CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def test_nothing_that_a_service_reads_is_kept_out_of_its_image() -> None:
    """The code looks for its corpora, texts and templates beside itself; none is left to the build to find missing."""
    kept_out = [line for line in _IGNORED if line.startswith(("services", "shared"))]
    assert kept_out == []
    assert {"!services", "!shared", "!requirements"} <= set(_IGNORED)


def test_secrets_are_kept_out_of_every_image() -> None:
    assert _IGNORED.index("deploy/docker/secrets") > _IGNORED.index("!deploy/docker")
