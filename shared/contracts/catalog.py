"""The catalog: who says what to whom. Importing it fails if an event is missing, doubled or of no use.

`docs/events.md` and `docs/asyncapi.yaml` are generated from here, and the relay and the consumers are wired
from here; there is no second list.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.account import AccessLinkRequested, AccountRegistered, AccountUpdated
from shared.contracts.audit import AuditAnchored
from shared.contracts.case import (
    AssignmentUnstaffed,
    CaseAnswered,
    CaseAssigned,
    CaseClarificationRequested,
    CaseClarified,
    CaseClassified,
    CaseClosed,
    CaseEscalated,
    CaseMerged,
    CaseReassigned,
    CaseRescheduled,
    CaseSplit,
    CaseUnmerged,
    SlaBreached,
    SlaWarning,
)
from shared.contracts.consultation import (
    ConsultationClarified,
    ConsultationRated,
    ConsultationReopened,
    ConsultationSubmitted,
    ConsultationWithdrawn,
)
from shared.contracts.desk import CaseMentioned, CaseReviewDecided, CaseReviewRequested
from shared.contracts.event import Event
from shared.contracts.message import MessageDelivered, MessageFailed, MessageHeld
from shared.contracts.official import OfficialRegistered, OfficialUpdated

INTAKE, ROUTING, NOTIFICATIONS, INSIGHTS = SERVICES = ("intake", "routing", "notifications", "insights")


@dataclass(frozen=True, slots=True)
class Contract:
    """One (type, version) with the services that may publish it and those that receive it."""

    event: type[Event]
    producers: tuple[str, ...]
    subscribers: tuple[str, ...]


_FROM_INTAKE = (INTAKE,)
_FROM_ROUTING = (ROUTING,)
_FROM_NOTIFICATIONS = (NOTIFICATIONS,)
_PEOPLE_AND_CASES = (ROUTING, NOTIFICATIONS, INSIGHTS)
_FOR_THE_OFFICIAL = (INTAKE, NOTIFICATIONS, INSIGHTS)
_FOR_STAFF = (NOTIFICATIONS, INSIGHTS)

CATALOG: tuple[Contract, ...] = (
    Contract(OfficialRegistered, _FROM_INTAKE, _PEOPLE_AND_CASES),
    Contract(OfficialUpdated, _FROM_INTAKE, _PEOPLE_AND_CASES),
    Contract(ConsultationSubmitted, _FROM_INTAKE, _PEOPLE_AND_CASES),
    Contract(ConsultationClarified, _FROM_INTAKE, (ROUTING, INSIGHTS)),
    Contract(ConsultationReopened, _FROM_INTAKE, (ROUTING, INSIGHTS)),
    Contract(ConsultationWithdrawn, _FROM_INTAKE, (ROUTING, INSIGHTS)),
    Contract(ConsultationRated, _FROM_INTAKE, (ROUTING, INSIGHTS)),
    Contract(AccountRegistered, _FROM_ROUTING, _FOR_STAFF),
    Contract(AccountUpdated, _FROM_ROUTING, _FOR_STAFF),
    Contract(AccessLinkRequested, (INTAKE, ROUTING), (NOTIFICATIONS,)),
    Contract(AuditAnchored, (INTAKE, ROUTING), (INSIGHTS,)),
    Contract(CaseClassified, _FROM_ROUTING, _FOR_THE_OFFICIAL),
    Contract(CaseAssigned, _FROM_ROUTING, _FOR_THE_OFFICIAL),
    Contract(CaseReassigned, _FROM_ROUTING, _FOR_THE_OFFICIAL),
    Contract(CaseRescheduled, _FROM_ROUTING, _FOR_THE_OFFICIAL),
    Contract(CaseClarificationRequested, _FROM_ROUTING, _FOR_THE_OFFICIAL),
    Contract(CaseClarified, _FROM_ROUTING, _FOR_STAFF),
    Contract(CaseAnswered, _FROM_ROUTING, _FOR_THE_OFFICIAL),
    Contract(CaseClosed, _FROM_ROUTING, _FOR_THE_OFFICIAL),
    Contract(CaseMerged, _FROM_ROUTING, _FOR_THE_OFFICIAL),
    Contract(CaseUnmerged, _FROM_ROUTING, _FOR_THE_OFFICIAL),
    Contract(CaseSplit, _FROM_ROUTING, (INTAKE, INSIGHTS)),
    Contract(SlaWarning, _FROM_ROUTING, _FOR_STAFF),
    Contract(SlaBreached, _FROM_ROUTING, _FOR_STAFF),
    Contract(CaseEscalated, _FROM_ROUTING, _FOR_STAFF),
    Contract(AssignmentUnstaffed, _FROM_ROUTING, _FOR_STAFF),
    Contract(CaseReviewRequested, _FROM_ROUTING, (NOTIFICATIONS,)),
    Contract(CaseReviewDecided, _FROM_ROUTING, (NOTIFICATIONS,)),
    Contract(CaseMentioned, _FROM_ROUTING, (NOTIFICATIONS,)),
    Contract(MessageDelivered, _FROM_NOTIFICATIONS, (INTAKE, INSIGHTS)),
    Contract(MessageFailed, _FROM_NOTIFICATIONS, (INTAKE, INSIGHTS)),
    Contract(MessageHeld, _FROM_NOTIFICATIONS, (INTAKE, INSIGHTS)),
)


def events_queue(service: str) -> str:
    """The Celery queue on which a service receives events."""
    return f"{service}.events"


def confirm_queue(service: str) -> str:
    """The Redis list on which a service receives confirmations of the events it published."""
    return f"{service}.confirm"


def contract_of(event_type: str, version: int) -> Contract | None:
    """The contract of a (type, version), or None when this release does not know it."""
    return _BY_TYPE.get((event_type, version))


def contract_for(event: type[Event]) -> Contract:
    """The contract of an event class; there always is one, or the import of this module would have failed."""
    return _BY_TYPE[(event.TYPE, event.VERSION)]


def subscriptions_of(service: str) -> tuple[Contract, ...]:
    """What a service receives, and so must have a handler for."""
    return tuple(contract for contract in CATALOG if service in contract.subscribers)


def publications_of(service: str) -> tuple[Contract, ...]:
    """What a service may publish."""
    return tuple(contract for contract in CATALOG if service in contract.producers)


def peers_of(service: str) -> tuple[str, ...]:
    """The services that receive something from `service`."""
    return tuple(
        other for other in SERVICES if any(other in contract.subscribers for contract in publications_of(service))
    )


def counterparts_of(service: str) -> tuple[str, ...]:
    """The services with which `service` exchanges anything, and so shares a key."""
    producers = {producer for contract in subscriptions_of(service) for producer in contract.producers}
    return tuple(sorted((producers | set(peers_of(service))) - {service}))


def _index() -> dict[tuple[str, int], Contract]:
    index: dict[tuple[str, int], Contract] = {}
    for contract in CATALOG:
        key = (contract.event.TYPE, contract.event.VERSION)
        if key in index:
            raise ImportError(f"{key} stands in the catalog twice")
        if not contract.producers or not contract.subscribers:
            raise ImportError(f"{key} has no producer or no subscriber")
        if not {*contract.producers, *contract.subscribers} <= set(SERVICES):
            raise ImportError(f"{key} names a service that does not exist")
        index[key] = contract
    forgotten = {cls.__name__ for cls in Event.__subclasses__()} - {c.event.__name__ for c in CATALOG}
    if forgotten:
        raise ImportError(f"events missing from the catalog: {sorted(forgotten)}")
    return index


_BY_TYPE = _index()
