"""Every API against its own description: generated requests, good and bad, by everybody who may call it.

Schemathesis writes the requests from `/api/openapi.json`: the bounds of every field, wrong types, missing and unknown
fields, odd headers and methods. Whatever is sent, the answer is one that the description knows, of the type and shape
it says, and never an error of ours. Every run sends the same requests.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import events, from_schema
from schemathesis.schemas import BaseSchema

from tests.support.service_apps import ROLES, STRANGER, ServiceApp

pytestmark = pytest.mark.integration

CALLERS = [(service, role) for service, roles in ROLES.items() for role in (STRANGER, *roles)]
_EXAMPLES = 10
# A supervisor's description of routing takes some five thousand requests: two minutes and more on a machine at work.
_LONGEST_SECONDS = 400
# Whether good data are taken depends on what the database holds, which a description cannot say: a code that exists,
# a municipality, the present version of a case. (Tokens are tried at every route by tests/integration/http.)
_UNCHECKED = ("positive_data_acceptance", "use_after_free", "ensure_resource_availability", "ignored_auth")
_ENDS_ITS_OWN_SESSION = ("DELETE", "/api/v1/sessions")


@pytest.mark.timeout(_LONGEST_SECONDS)
@pytest.mark.parametrize(("service", "role"), CALLERS, ids=["-".join(caller) for caller in CALLERS])
def test_the_api_does_what_it_says_and_never_fails(
    application: Callable[[str], ServiceApp], service: str, role: str
) -> None:
    built = application(service)
    failures: dict[str, str] = {}
    tried = 0
    for event in from_schema(_description(built, role)).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if isinstance(event, events.ScenarioFinished):
            for case_id, checks in event.recorder.checks.items():
                tried += 1
                for check in checks:
                    if check.failure_info is not None:
                        failure = check.failure_info.failure
                        sent = event.recorder.cases[case_id].value.as_curl_command()
                        failures.setdefault(
                            f"{event.recorder.label}: {failure.title}", f"{failure.message[:600]}\n    {sent[:600]}"
                        )
    assert tried > _EXAMPLES, "the description has no operations"
    assert not failures, "\n".join(f"{name}\n    {told}" for name, told in failures.items())


def _description(built: ServiceApp, role: str) -> BaseSchema:
    """The description as the service itself serves it; of the things it speaks of, some are there."""
    config = schemathesis.Config.from_dict(
        {
            "headers": built.headers(role),
            "generation": {"max-examples": _EXAMPLES, "deterministic": True, "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            "checks": {name: {"enabled": False} for name in _UNCHECKED},
        }
    )
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", built.app, config=config)
    known = {name: cycle([*values, None]) for name, values in built.known.items()}

    @schema.hook("map_path_parameters")
    def lead_somewhere(_context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
        # Mostly to a thing that is there; sometimes to what was generated, which leads nowhere.
        for name in path_parameters or {}:
            path_parameters[name] = next(known.get(name, cycle([None]))) or path_parameters[name]
        return path_parameters

    method, path = _ENDS_ITS_OWN_SESSION
    return schema.exclude(method=method, path=path)
