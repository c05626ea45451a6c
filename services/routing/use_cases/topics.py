"""Topics and kinds as people read them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from services.routing.classifier.taxonomy import load_taxonomy
from shared.contracts.case import Topic

DEFAULT_KIND = "tramite"
"""What a message was taken for that turns out to be a consultation after all."""


class Named(NamedTuple):
    """A code of the taxonomy with its names."""

    code: str
    es: str
    en: str

    def name(self, locale: str) -> str:
        """The name in a language: English for "en…", Spanish for everybody else."""
        return self.en if locale.startswith("en") else self.es


@cache
def topics() -> dict[str, Named]:
    """Every topic that advisors handle, in the order of the taxonomy; out of scope is not among them."""
    return {one.code: Named(one.code, one.name_es, one.name_en) for one in load_taxonomy().topics}


@cache
def kinds() -> dict[str, Named]:
    """Every kind of consultation; the kind of what is out of scope is last."""
    taxonomy = load_taxonomy()
    outside = taxonomy.out_of_scope
    named = {one.code: Named(one.code, one.name_es, one.name_en) for one in taxonomy.kinds}
    return named | {outside.kind: Named(outside.kind, outside.name_es, outside.name_en)}


@cache
def staff_kinds() -> dict[str, Named]:
    """The kinds that a person may choose."""
    return {code: one for code, one in kinds().items() if code != load_taxonomy().out_of_scope.kind}


@cache
def out_of_scope() -> Named:
    """The class of messages that no advisor handles."""
    outside = load_taxonomy().out_of_scope
    return Named(outside.code, outside.name_es, outside.name_en)


def outside_kind() -> str:
    """The kind of what is out of scope; nobody chooses it."""
    return load_taxonomy().out_of_scope.kind


def reply_proposal(locale: str) -> str:
    """The polite reply proposed for what is out of scope; a person sends it."""
    outside = load_taxonomy().out_of_scope
    return outside.reply_en if locale.startswith("en") else outside.reply_es


def named(code: str) -> Named:
    """A topic by code. A code that a later taxonomy no longer has is its own name."""
    outside = out_of_scope()
    return outside if code == outside.code else topics().get(code, Named(code, code, code))


def topic_of(code: str) -> Topic:
    """A topic as events carry it."""
    found = named(code)
    return Topic(code=found.code, name_es=found.es, name_en=found.en)
