"""A browser tab that is watched: what it loads and what it complains about."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize

_NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
# A form that comes back with what to correct is a page like any other; only the browser finds it worth a word.
_REFUSED_FORM = re.compile(r"responded with a status of 4(09|22)")
SMALLEST: ViewportSize = {"width": 320, "height": 640}
"""A desktop of 1280 at 400 % (WCAG 1.4.10), and the smallest phones."""
PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


def find_chromium() -> str | None:
    """The browser of this machine, if it has one."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@dataclass
class Onlooker:
    """A tab and what was noticed in it since it was opened."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    bytes_loaded: int = 0
    page_bytes: int = 0
    """Those of pages alone: what a visit costs when styles and scripts are there already."""
    foreign: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def beside(
        cls, browser: Browser, *, viewport: ViewportSize = DESKTOP, has_scripts: bool = True, **options: Any
    ) -> Iterator[Onlooker]:
        """Open a tab with a profile of its own: nothing cached, nobody signed in unless `storage_state` says who."""
        context = browser.new_context(
            viewport=viewport, java_script_enabled=has_scripts, locale="es-PE", timezone_id="America/Lima", **options
        )
        try:
            yield cls(context.new_page())._watching(context)
        finally:
            context.close()

    def open(self, url: str) -> None:
        """Go to a page, which must answer, and wait until it and all its parts are there."""
        answer = self.page.goto(url, wait_until="load")
        assert answer is not None
        assert answer.status < 500, (url, answer.status)

    def needs_sideways_scrolling(self) -> bool:
        """Whether something is wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))

    def widest(self) -> list[str]:
        """What sticks out of the window, for the message of a failed test."""
        found: list[str] = self.page.evaluate(
            """[...document.querySelectorAll('body *')]
                .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                .map((one) => one.outerHTML.slice(0, 120))"""
        )
        return found[:5]

    def _watching(self, context: BrowserContext) -> Onlooker:
        self.page.on("console", lambda said: self._note(said.text) if _is_complaint(said) else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("request", lambda request: self._note_host(request.url))
        wire = context.new_cdp_session(self.page)
        wire.send("Network.enable")
        pages: set[str] = set()
        wire.on("Network.responseReceived", lambda e: pages.add(e["requestId"]) if e["type"] == "Document" else None)
        wire.on("Network.loadingFinished", lambda event: self._count(event, is_page=event["requestId"] in pages))
        return self

    def _note(self, complaint: str) -> None:
        self.complaints.append(complaint)

    def _note_host(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.foreign.append(url)

    def _count(self, event: dict[str, Any], *, is_page: bool) -> None:
        self.bytes_loaded += int(event["encodedDataLength"])
        self.page_bytes += int(event["encodedDataLength"]) if is_page else 0


def _is_complaint(said: ConsoleMessage) -> bool:
    """An error or a warning, but not that all streams of the console are taken: the script then asks instead."""
    is_expected = _REFUSED_FORM.search(said.text) or "/live" in said.location["url"]
    return said.type in ("error", "warning") and not is_expected
