"""Contacts, masks, identities and settings."""

import subprocess
import sys

import pytest

from services.notifications import settings as settings_module
from services.notifications.domain.contact import Contact
from services.notifications.domain.masking import mask_address
from services.notifications.entrypoints.identity import is_certainly_dead, own_identity
from shared.ids import new_id
from shared.settings import SettingsError

ENVIRONMENT = {
    "DATABASE_URL": "postgresql://u:p@127.0.0.1/x",
    "REDIS_URL": "redis://127.0.0.1/0",
    "PEER_KEYS": ",".join(f"{peer}={'ab' * 32}" for peer in ("intake", "routing", "insights")),
    "SECRET_KEY": "secret",
    "PUBLIC_URL": "http://127.0.0.1:8003",
    "SMTP_URL": "smtp://127.0.0.1:2525",
    "MAIL_FROM": "Ventanilla <ventanilla@ventanilla.example>",
    "SMS_URL": "http://127.0.0.1:8026/cgi-bin/sendsms",
    "SMS_USER": "ventanilla",
    "SMS_PASSWORD": "secret-password",
    "SMS_DLR_BASE_URL": "http://127.0.0.1:8003/",
    "SMS_DLR_TOKEN": "0123456789abcdef",
    "INTAKE_URL": "http://127.0.0.1:8001",
    "ROUTING_URL": "http://127.0.0.1:8002",
}


@pytest.fixture
def environment(monkeypatch):
    def put(**changes: str) -> None:
        for name, value in {**ENVIRONMENT, **changes}.items():
            monkeypatch.setenv(f"NOTIFICATIONS_{name}", value)

    return put


def contact(phone: str | None = None, name: str = "María Quispe") -> Contact:
    return Contact(new_id(), "official", name, "m@x.example", phone, "es", is_active=True)


@pytest.mark.parametrize("phone", ["+51987654321"])
def test_a_peruvian_mobile_gets_sms(phone):
    assert contact(phone).mobile == phone


@pytest.mark.parametrize(
    "phone", [None, "", "+5114567890", "987654321", "+519876543210", "+12025550123", "+51887654321"]
)
def test_any_other_number_does_not(phone):
    assert contact(phone).mobile is None


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("maria@muni.gob.pe", "m***@muni.gob.pe"),
        ("@muni.gob.pe", "***@muni.gob.pe"),
        ("+51987654321", "+51 *** *** 321"),
        ("12345", "***"),
        ("", "***"),
    ],
)
def test_masked_addresses_can_be_recognised_and_not_used(address, masked):
    assert mask_address(address) == masked


def test_a_process_is_not_dead_while_it_lives():
    assert not is_certainly_dead(own_identity())


def test_a_process_that_ended_is_certainly_dead():
    program = "from services.notifications.entrypoints.identity import own_identity; print(own_identity())"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert is_certainly_dead(ended.stdout.strip())


def test_a_process_number_that_was_given_to_another_is_a_dead_process():
    place, _, start = own_identity().partition("#")[0].rpartition("/")
    assert is_certainly_dead(f"{place}/{int(start) - 1}#0")


def test_every_lane_of_a_process_has_a_name_of_its_own_and_lives_as_long_as_it():
    names = [own_identity(lane) for lane in range(3)]
    assert len(set(names)) == 3
    assert not any(map(is_certainly_dead, names))


@pytest.mark.parametrize("identity", ["", "x", "/", "///", "elsewhere/ns/1/2", "//1/1", "a/b/c/d"])
def test_what_lived_elsewhere_or_says_nothing_is_not_certainly_dead(identity):
    assert not is_certainly_dead(identity)


def test_settings_are_read_with_their_defaults(environment):
    environment()
    found = settings_module.read()
    assert (found.hourly_cap, found.read_token, found.sms.dlr_base_url) == (60, "", "http://127.0.0.1:8003")
    assert found.mail.url == "smtp://127.0.0.1:2525"


def test_the_demonstration_has_no_cap_unless_told(environment):
    environment(DEMO_MODE="true")
    assert settings_module.read().hourly_cap == 0
    environment(DEMO_MODE="true", HOURLY_CAP="5")
    assert settings_module.read().hourly_cap == 5


def test_every_mistake_is_named_at_once(environment):
    environment(SMTP_URL="gopher://x", MAIL_FROM="nobody", SMS_DLR_TOKEN="short", INTAKE_URL="8001", READ_TOKEN="short")
    with pytest.raises(SettingsError) as caught:
        settings_module.read()
    for name in ("SMTP_URL", "MAIL_FROM", "SMS_DLR_TOKEN", "INTAKE_URL", "READ_TOKEN"):
        assert f"NOTIFICATIONS_{name}" in str(caught.value)


def test_secrets_do_not_show(environment):
    environment(READ_TOKEN="token-of-the-ledger", SMTP_URL="smtp://user:hidden@mail.example")
    shown = repr(settings_module.read())
    for secret in ("secret-password", "0123456789abcdef", "token-of-the-ledger", "hidden"):
        assert secret not in shown
