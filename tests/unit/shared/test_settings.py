"""Settings: read once, typed, and all mistakes told at once."""

from __future__ import annotations

import pytest

from shared.settings import DeliverySettings, SettingsError, read_service_settings, read_settings, with_driver

KEY = "ab" * 32
COMPLETE = {
    "INTAKE_DATABASE_URL": "postgresql://intake:secret@db/intake",
    "INTAKE_REDIS_URL": "redis://intake:hidden@broker/0",
    "INTAKE_PEER_KEYS": f"routing={KEY},notifications={KEY}|{'cd' * 32}, insights={KEY}",
    "INTAKE_SECRET_KEY": "classified",
    "INTAKE_PUBLIC_URL": "https://ventanilla.example",
}


@pytest.fixture
def environment(monkeypatch):
    def set_to(values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_to


def problems_of(service="intake"):
    with pytest.raises(SettingsError) as caught:
        read_service_settings(service)
    first, *lines = str(caught.value).splitlines()
    assert first == "settings are missing or wrong:"
    return {line.split(":")[0].strip(): line.partition(": ")[2] for line in lines}


def test_a_complete_environment_is_read(environment):
    environment(COMPLETE | {"INTAKE_MAX_ATTEMPTS": "3", "INTAKE_DEMO_MODE": "true"})
    settings = read_service_settings("intake")

    assert settings.database_url == "postgresql+psycopg://intake:secret@db/intake"
    assert settings.peer_keys["notifications"] == (bytes.fromhex("ab" * 32), bytes.fromhex("cd" * 32))
    assert settings.is_demo
    assert settings.delivery == DeliverySettings(max_attempts=3)


def test_every_mistake_is_told_at_once(environment):
    environment(
        {
            "INTAKE_DATABASE_URL": "mysql://x",
            "INTAKE_PEER_KEYS": "routing",
            "INTAKE_METRICS_PORT": "http",
            "INTAKE_LOG_LEVEL": "loud",
            "INTAKE_MAX_ATTEMPTS": "0",
            "INTAKE_SECRET_KEY_FILE": "/does/not/exist",
        }
    )

    assert problems_of().keys() == {
        "INTAKE_DATABASE_URL", "INTAKE_PEER_KEYS", "INTAKE_METRICS_PORT", "INTAKE_LOG_LEVEL", "INTAKE_MAX_ATTEMPTS",
        "INTAKE_SECRET_KEY", "INTAKE_REDIS_URL", "INTAKE_PUBLIC_URL",
    }  # fmt: skip


def test_what_a_service_needs_beside_is_told_in_the_same_breath(environment):
    environment({name: value for name, value in COMPLETE.items() if name != "INTAKE_REDIS_URL"})

    with pytest.raises(SettingsError, match=r"(?s)INTAKE_REDIS_URL.*INTAKE_SMTP_PORT"):
        read_settings("intake", lambda env, _settings: env.int("SMTP_PORT") + 1)


def test_a_secret_may_stand_in_a_file(environment, tmp_path):
    (tmp_path / "key").write_text("from the file\n")
    environment({**COMPLETE, "INTAKE_SECRET_KEY_FILE": str(tmp_path / "key")})

    assert read_service_settings("intake").secret_key == "from the file"


def test_secrets_are_left_out_of_the_text_of_settings_and_of_mistakes(environment):
    environment(COMPLETE)
    shown = repr(read_service_settings("intake"))
    environment({"INTAKE_DATABASE_URL": "mysql://u:secret@db", "INTAKE_PEER_KEYS": "routing=hidden"})
    shown += repr(problems_of())

    for secret in ("secret", "hidden", "classified", KEY):
        assert secret not in shown


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("routing", "must read peer=hex"),
        ("routing=xyz", "must read peer=hex"),
        ("routing=", "shorter than 16 bytes"),
        (f"routing={KEY}|ab", "shorter than 16 bytes"),
        (f"routing={KEY}", "no key for insights, notifications"),
        ("", "no key for insights, notifications, routing"),
    ],
)
def test_a_service_without_a_good_key_for_each_counterpart_does_not_start(environment, keys, problem):
    environment({**COMPLETE, "INTAKE_PEER_KEYS": keys})

    assert problem in problems_of()["INTAKE_PEER_KEYS"]


@pytest.mark.parametrize(("outbox", "inbox"), [("90", "90"), ("200", "120"), ("120", "30")])
def test_an_inbox_that_forgets_before_the_outbox_does_is_refused(environment, outbox, inbox):
    environment({**COMPLETE, "INTAKE_OUTBOX_KEPT_DAYS": outbox, "INTAKE_INBOX_KEPT_DAYS": inbox})

    assert "INTAKE_INBOX_KEPT_DAYS" in problems_of()


def test_the_driver_is_ours_and_other_databases_are_refused():
    assert with_driver("postgresql://a@b/c") == "postgresql+psycopg://a@b/c"
    with pytest.raises(ValueError, match="postgresql"):
        with_driver("mysql://a@b/c")
