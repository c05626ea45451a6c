"""SMS through Kannel's `sendsms` (user guide, "Using the HTTP interface to send SMS messages").

Kannel knows no idempotency key and has no look-up, so an answer that does not come leaves a doubt that only a delivery
report can end. Each request has a connection of its own: when one breaks, it broke on this message.
"""

from __future__ import annotations

from urllib.parse import quote

import httpx

from services.notifications.domain import gsm7
from services.notifications.domain.policy import Outcome
from services.notifications.domain.provider import Result, Taken
from services.notifications.domain.receipts import ALL_REPORTS
from services.notifications.settings import SmsSettings
from shared.db.database import assert_no_transaction

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
_GSM7, _UCS2 = "0", "2"
_LONGEST_REPLY = 500
# Wrong credentials, no route, too many, out of order: these say nothing about the message.
_NOT_ABOUT_THE_MESSAGE = (401, 403, 404, 408, 429)


class Kannel:
    """One Kannel `smsbox`."""

    def __init__(self, settings: SmsSettings, *, total_seconds: float = TOTAL_SECONDS) -> None:
        self._settings = settings
        self._client = httpx.Client(
            timeout=httpx.Timeout(total_seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
            trust_env=False,
        )

    def send(self, message: Taken) -> Result:
        """Hand over one SMS."""
        assert_no_transaction("sending an SMS")
        try:
            response = self._client.get(self._settings.url, params=self._parameters(message))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Result(Outcome.UNAVAILABLE, _describe(error), is_unreachable=True)
        except (httpx.WriteError, httpx.WriteTimeout) as error:
            # A request that was not sent whole is not acted on.
            return Result(Outcome.UNAVAILABLE, _describe(error), is_unreachable=True)
        except httpx.InvalidURL as error:
            return Result(Outcome.REFUSED, _describe(error))
        except httpx.HTTPError as error:
            return Result(Outcome.UNCERTAIN, _describe(error))
        return _judge(response)

    def rest(self) -> None:
        """No connection is kept, so there is nothing to give back."""

    def report_url(self, message: Taken) -> str:
        """Where Kannel reports on this attempt; it fills in `%d` (type), `%A` (the network's answer), `%T` (time)."""
        base = f"{self._settings.dlr_base_url}/api/v1/receipts/kannel"
        token = quote(self._settings.dlr_token, safe="")
        return f"{base}/{token}/{message.message_id}?attempt={message.attempt}&type=%d&answer=%A&at=%T"

    def _parameters(self, message: Taken) -> dict[str, str]:
        is_unicode = gsm7.measure(message.body_text).is_unicode
        return {
            "username": self._settings.user,
            "password": self._settings.password,
            "from": self._settings.sender,
            "to": message.address,
            "text": message.body_text,
            "charset": "UTF-8",
            "coding": _UCS2 if is_unicode else _GSM7,
            "dlr-mask": str(ALL_REPORTS),
            "dlr-url": self.report_url(message),
        }


def _judge(response: httpx.Response) -> Result:
    status = response.status_code
    reply = f"{status} {' '.join(response.text.split())}"[:_LONGEST_REPLY]
    if response.is_success:
        return Result(Outcome.ACCEPTED, reply)
    if status in _NOT_ABOUT_THE_MESSAGE or response.is_server_error or response.is_redirect:
        return Result(Outcome.UNAVAILABLE, reply)
    return Result(Outcome.REFUSED, reply)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_LONGEST_REPLY]
