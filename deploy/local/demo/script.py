"""What is asked in the demonstration, and by whom."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from deploy.local.configuration import Configuration
from deploy.local.desk_clients import Official

_CONSULTATIONS = Path(__file__).resolve().parents[1] / "data" / "demo_consultations.jsonl"

# Names are invented. The districts lie in nine departments, from the coast to the jungle.
_OFFICIALS = (
    ("Yolanda Ccahuana Rojas", "080910"),
    ("Segundo Tantalean Díaz", "060103"),
    ("Milagros Rengifo Pinedo", "160101"),
    ("Eusebio Mamani Quispe", "210206"),
    ("Carmen Farfán Zapata", "200104"),
    ("Alejandro Huarcaya Soto", "050401"),
    ("Nélida Vásquez Cubas", "010102"),
    ("Julio César Paredes Ramos", "230101"),
)


@dataclass(frozen=True)
class Question:
    """A consultation of the demonstration, with the labels its author gave it."""

    subject: str
    body: str
    topic: str
    kind: str
    is_urgent: bool

    @property
    def is_out_of_scope(self) -> bool:
        """Whether it is none of the desk's business."""
        return self.topic == "fuera_de_alcance"


@dataclass(frozen=True)
class Asker:
    """An official of this run, signed in."""

    full_name: str
    email: str
    phone: str
    client: Official


def questions(count: int) -> list[Question]:
    """The first `count` consultations; more than there are start again from the first."""
    with _CONSULTATIONS.open(encoding="utf-8") as file:
        known = [
            Question(row["subject"], row["body"], row["topic"], row["kind"], row["urgent"])
            for row in map(json.loads, file)
        ]
    return list(islice(cycle(known), count))


def register_askers(configuration: Configuration) -> list[Asker]:
    """New officials for this run, so that what arrives in their mailboxes and phones belongs to it."""
    run = secrets.token_hex(3)
    askers = []
    for number, (full_name, ubigeo) in enumerate(_OFFICIALS):
        email = f"{full_name.split()[0].lower().translate(_PLAIN)}.{run}@muni-demo.example"
        phone = f"+519{secrets.randbelow(10**8):08d}"
        client = Official(configuration.public_url("intake")).register(
            email=email, password=f"{secrets.token_hex(10)}{number}", full_name=full_name, ubigeo=ubigeo, phone=phone
        )
        askers.append(Asker(full_name, email, phone, client))
    return askers


_PLAIN = str.maketrans("áéíóúñ", "aeioun")
