"""What the environment may say, and how a mistake in it is told."""

from pathlib import Path

import pytest

from deploy.local.configuration import CHECKOUT, Configuration, Ports
from deploy.local.errors import LocalRuntimeError
from deploy.local.provisioning import SERVICES


def test_without_anything_set_the_contract_holds() -> None:
    configuration = Configuration.from_environment({})
    assert configuration.home == CHECKOUT / "var"
    assert configuration.ports == Ports(8001, 8002, 8003, 8004, 2525, 8025, 8026)
    assert configuration.database_urls is None
    assert configuration.redis_urls is None
    assert configuration.is_demo


def test_the_home_and_every_port_can_be_chosen(tmp_path: Path) -> None:
    environ = {"VENTANILLA_HOME": str(tmp_path), "VENTANILLA_PORT_INTAKE": "9001", "VENTANILLA_PORT_MAIL_WEB": "9025"}
    configuration = Configuration.from_environment(environ)
    assert configuration.home == tmp_path
    assert (configuration.ports.intake, configuration.ports.mail_web) == (9001, 9025)
    assert configuration.public_url("intake") == "http://127.0.0.1:9001"


def test_a_home_on_the_command_line_wins(tmp_path: Path) -> None:
    chosen = Configuration.from_environment({"VENTANILLA_HOME": "/elsewhere"}, home=tmp_path, instances=2)
    assert (chosen.home, chosen.instances) == (tmp_path, 2)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "web", "８００１", "1e3"])
def test_a_port_that_is_none_is_named(text: str) -> None:
    with pytest.raises(LocalRuntimeError, match="VENTANILLA_PORT_SMS"):
        Configuration.from_environment({"VENTANILLA_PORT_SMS": text})


def test_one_port_for_two_purposes_is_refused() -> None:
    with pytest.raises(LocalRuntimeError, match="8002"):
        Configuration.from_environment({"VENTANILLA_PORT_INTAKE": "8002"})


def test_one_redis_for_all_is_enough_and_a_services_own_wins() -> None:
    environ = {"REDIS_URL": "redis://one/0", "ROUTING_REDIS_URL": "redis://two/0"}
    urls = Configuration.from_environment(environ).redis_urls
    assert urls is not None
    assert {service: urls[service] for service in SERVICES} == {
        "intake": "redis://one/0",
        "routing": "redis://two/0",
        "notifications": "redis://one/0",
        "insights": "redis://one/0",
    }


def test_half_a_set_of_databases_is_refused_with_what_is_missing() -> None:
    with pytest.raises(LocalRuntimeError, match="ROUTING_DATABASE_URL, NOTIFICATIONS_DATABASE_URL") as caught:
        Configuration.from_environment({"INTAKE_DATABASE_URL": "postgresql://x/y"})
    assert "INTAKE_DATABASE_URL" not in caught.value.problem


def test_only_variables_of_services_reach_services() -> None:
    environ = {
        "NOTIFICATIONS_SMTP_URL": "smtp://real",
        "OTEL_SERVICE_NAME": "x",
        "AWS_SECRET": "s",
        "NOTIFICATIONSX": "y",
    }
    overrides = Configuration.from_environment(environ).overrides
    assert overrides == {"NOTIFICATIONS_SMTP_URL": "smtp://real", "OTEL_SERVICE_NAME": "x"}
