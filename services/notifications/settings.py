"""What the processes of notifications read from their environment, beyond what every service needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from environs import FileAwareEnv
from marshmallow import ValidationError, validate

from shared.settings import ServiceSettings, read_settings

_SMTP_SCHEMES = ("smtp", "smtp+starttls", "smtps")
_SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """`url` is `smtp://`, `smtp+starttls://` or `smtps://`, with user and password where the server wants them."""

    url: str = field(repr=False)
    sender: str
    reply_to: str

    @property
    def domain(self) -> str:
        """The domain of our Message-IDs: that of the sender's address."""
        return parseaddr(self.sender)[1].rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """Kannel's `sendsms`, and where it reports back: `dlr_token` is the secret part of that address."""

    url: str
    user: str
    password: str = field(repr=False)
    sender: str
    dlr_base_url: str
    dlr_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of notifications.

    `read_token` opens the ledger to operators and programs; without one, nobody reads it, except that in
    demonstration mode callers on the same machine see it with masked addresses. `hourly_cap` is how many messages
    one person gets in an hour by one channel before further ones are held; 0 means no cap. `receipt_wait_seconds` is
    how long an SMS in doubt waits for a delivery report, `date_wait_seconds` how long "received" waits for a date.
    `digest_window_seconds` is how long deadline notices to one person are gathered in one letter; 0: never.
    `sender_lanes` is how many messages of a channel one sender process has under way at most.
    """

    service: ServiceSettings
    mail: MailSettings
    sms: SmsSettings
    intake_url: str
    routing_url: str
    read_token: str = field(repr=False, default="")
    hourly_cap: int = 60
    receipt_wait_seconds: float = 20.0
    date_wait_seconds: float = 600.0
    digest_window_seconds: float = 0.0
    sender_lanes: int = 4


def read() -> Settings:
    """The settings of this process.

    :raises SettingsError: at least one variable is missing or malformed; all are named.
    """
    return read_settings("notifications", _build)


def _build(env: FileAwareEnv, service: ServiceSettings) -> Settings:
    env.add_parser("web_url", _parse_web_url)
    env.add_parser("smtp_url", _parse_smtp_url)
    env.add_parser("mailbox", _parse_mailbox)
    env.add_parser("token", _parse_token)
    return Settings(
        service=service,
        mail=MailSettings(
            url=env.smtp_url("SMTP_URL"), sender=env.mailbox("MAIL_FROM"), reply_to=env.mailbox("MAIL_REPLY_TO", "")
        ),
        sms=SmsSettings(
            url=env.web_url("SMS_URL"),
            user=env.str("SMS_USER"),
            password=env.str("SMS_PASSWORD"),
            sender=env.str("SMS_SENDER", "Ventanilla"),
            dlr_base_url=env.web_url("SMS_DLR_BASE_URL"),
            dlr_token=env.token("SMS_DLR_TOKEN"),
        ),
        intake_url=env.web_url("INTAKE_URL"),
        routing_url=env.web_url("ROUTING_URL"),
        read_token=env.token("READ_TOKEN", ""),
        # Drills and benches write thousands of messages to the same few people of the demonstration.
        hourly_cap=env.int("HOURLY_CAP", 0 if service.is_demo else 60),
        receipt_wait_seconds=env.float("RECEIPT_WAIT_SECONDS", 20.0),
        date_wait_seconds=env.float("DATE_WAIT_SECONDS", 600.0),
        digest_window_seconds=env.float("DIGEST_WINDOW_SECONDS", 60.0),
        sender_lanes=env.int("SENDER_LANES", 4, validate=validate.Range(1, 64)),
    )


def _parse_web_url(value: str, **_: Any) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValidationError("must be an http:// or https:// URL")
    return value.rstrip("/")


def _parse_smtp_url(value: str, **_: Any) -> str:
    parts = urlsplit(value)
    if parts.scheme not in _SMTP_SCHEMES or not parts.hostname:
        raise ValidationError(f"must be a URL of scheme {', '.join(_SMTP_SCHEMES)}")
    return value


def _parse_mailbox(value: str, **_: Any) -> str:
    if value and "@" not in parseaddr(value)[1]:
        raise ValidationError("must be an address such as Name <user@domain>")
    return value


def _parse_token(value: str, **_: Any) -> str:
    if value and len(value) < _SHORTEST_TOKEN:
        raise ValidationError(f"must have at least {_SHORTEST_TOKEN} characters")
    return value
