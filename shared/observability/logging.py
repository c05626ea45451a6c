"""Structured logs: one JSON object a line, UTC, with the correlation id, and personal data masked."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_EMAIL = re.compile(r"\b([\w.+-])[\w.+-]*@([\w-]+(?:\.[\w-]+)+)")
# A DNI has 8 digits, a RUC 11, a mobile 9 with or without +51; an ubigeo has 6 and stays readable.
_NUMBER = re.compile(r"(?<![\w-])\+?\d{5,}(\d{3})(?![\w-])")
_SPACED_PHONE = re.compile(r"(?<![\w-])(?:\+?51[ -]?)?9\d{2}[ -]\d{3}[ -](\d{3})(?![\w-])")
_NEVER_PERSONAL = frozenset({"timestamp", "level", "service", "instance"})


def mask_personal_data(text: str) -> str:
    """E-mail addresses and phone or document numbers, made unreadable but still told apart."""
    return _NUMBER.sub(r"***\1", _SPACED_PHONE.sub(r"***\1", _EMAIL.sub(r"\1***@\2", text)))


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_personal_data(value)
    if isinstance(value, dict):
        return {key: _masked(member) for key, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_masked(member) for member in value]
    return value


def _mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in event.keys() - _NEVER_PERSONAL:
        if not key.startswith("_"):  # structlog's own baggage
            event[key] = _masked(event[key])
    return event


def configure_logging(service: str, instance: str, level: str) -> None:
    """Send structlog and the standard library's loggers to stdout in one format; called once per process."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask,
    ]

    def identify(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"], event["instance"] = service, instance
        return event

    structlog.configure(
        processors=[*shared, identify, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                identify,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("httpx", "httpcore", "alembic.runtime.plugins"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
