"""The table of processes, and the environment each gets."""

from pathlib import Path

import pytest

from deploy.local.configuration import Configuration
from deploy.local.environment import Environments
from deploy.local.home import Home
from deploy.local.processes import demo_data, migrations, names_of, product
from deploy.local.provisioning import SERVICES
from shared.contracts.catalog import peers_of


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "var")
    home.prepare()
    return home


def environments(home: Home, **changes: object) -> Environments:
    scraped = [name for kind in product(2) if kind.is_scraped for name in kind.process_names]
    return Environments(
        Configuration(home=home.path, **changes),
        home,
        database_url=lambda service: f"postgresql://{service}:db-{service}@127.0.0.1/{service}",
        redis_url=lambda service: f"redis://{service}:broker-{service}@127.0.0.1/0",
        metrics_ports={name: 20_000 + number for number, name in enumerate(scraped)},
    )


def specs(home: Home, instances: int = 2, **changes: object) -> dict[str, dict[str, str]]:
    made = environments(home, **changes)
    return {
        f"{kind.name}-{number}": dict(made.spec(kind, number).env)
        for kind in product(instances)
        for number in range(1, kind.count + 1)
    }


def test_every_service_has_a_web_a_worker_and_a_clock_and_each_publisher_a_relay() -> None:
    names = names_of(product())
    for service in SERVICES:
        assert {f"{service}-{role}-1" for role in ("web", "worker", "clock")} <= set(names)
        assert (f"{service}-relay-1" in names) == bool(peers_of(service))
    assert {"notifications-email-1", "notifications-sms-1", "mail-sandbox-1", "sms-sandbox-1"} <= set(names)
    assert len(names) == 4 * 3 + 3 + 2 + 2


def test_two_of_everything_means_two_of_everything_of_the_product() -> None:
    names = names_of(product(2))
    assert len(names) == 2 * (4 * 3 + 3 + 2) + 2
    assert len(set(names)) == len(names)


def test_a_worker_takes_its_own_queue_and_is_named_by_its_number() -> None:
    (worker,) = [kind for kind in product() if kind.name == "routing-worker"]
    command = worker.command(2)
    assert command[command.index("-Q") + 1] == "routing.events"
    assert command[command.index("-n") + 1] == "routing-worker-2@%h"
    assert worker.env["REMAP_SIGTERM"] == "SIGQUIT"


def test_every_service_is_migrated_and_seeded() -> None:
    assert [command.service for command in migrations()] == list(SERVICES)
    assert [command.argv[-1] for command in demo_data()] == ["seed-demo"] * len(SERVICES)


def test_insights_is_told_where_the_processes_show_their_metrics(home: Home) -> None:
    made = specs(home)
    assert made["insights-clock-1"]["INSIGHTS_METRICS_TARGETS"] == str(home.prometheus_targets)
    assert not [name for name, env in made.items() if "INSIGHTS_METRICS_TARGETS" in env and "insights" not in name]


def test_no_process_holds_a_secret_of_another_service(home: Home) -> None:
    for name, env in specs(home).items():
        own = name.partition("-")[0]
        text = "\n".join(env.values())
        for other in SERVICES:
            if other != own:
                assert f"db-{other}" not in text, name
                assert f"broker-{other}" not in text, name
                assert home.secret(f"{other}-secret-key") not in text, name
        foreign = [pair for pair in home.secrets.glob("peer-*") if own not in pair.name]
        assert not [pair for pair in foreign if pair.read_text().strip() in text], name


def test_two_services_sign_to_each_other_with_one_key(home: Home) -> None:
    made = specs(home)
    keys = {
        service: dict(pair.split("=") for pair in made[f"{service}-clock-1"][f"{service.upper()}_PEER_KEYS"].split(","))
        for service in SERVICES
    }
    for one in SERVICES:
        assert set(keys[one]) == set(SERVICES) - {one}
        for other in keys[one]:
            assert keys[one][other] == keys[other][one]
    assert len({key for of_one in keys.values() for key in of_one.values()}) == 6


def test_every_instance_has_its_own_name_metrics_folder_and_port(home: Home) -> None:
    made = {name: env for name, env in specs(home).items() if name.partition("-")[0] in SERVICES}
    folders = [env["PROMETHEUS_MULTIPROC_DIR"] for env in made.values()]
    assert len(set(folders)) == len(made)
    ports = [env[f"{name.partition('-')[0].upper()}_METRICS_PORT"] for name, env in made.items() if "-web-" not in name]
    assert len(set(ports)) == len(ports)
    assert made["intake-worker-2"]["INTAKE_INSTANCE"] == "worker-2"


def test_what_the_user_sets_wins_for_that_service_only(home: Home) -> None:
    made = specs(home, overrides={"NOTIFICATIONS_SMTP_URL": "smtp://real:25", "INTAKE_LOG_LEVEL": "DEBUG"})
    assert made["notifications-email-1"]["NOTIFICATIONS_SMTP_URL"] == "smtp://real:25"
    assert made["intake-web-1"]["INTAKE_LOG_LEVEL"] == "DEBUG"
    assert "INTAKE_LOG_LEVEL" not in made["routing-web-1"]


def test_demo_mode_reaches_every_service(home: Home) -> None:
    assert specs(home)["intake-web-1"]["INTAKE_DEMO_MODE"] == "true"
    assert specs(home, is_demo=False)["intake-web-1"]["INTAKE_DEMO_MODE"] == "false"


def test_secrets_are_made_once_and_readable_by_their_owner_only(home: Home) -> None:
    first = home.secret("x")
    assert Home(home.path).secret("x") == first
    assert home.secret("y") != first
    assert (home.secrets / "x").stat().st_mode & 0o777 == 0o600
    assert home.secrets.stat().st_mode & 0o777 == 0o700


def test_ports_are_remembered(home: Home) -> None:
    chosen = home.remembered_ports(["postgres", "valkey"])
    assert len(set(chosen.values())) == 2
    assert Home(home.path).remembered_ports(["valkey", "postgres"]) == chosen
    assert home.known_ports() == chosen


def test_erasing_a_home_spares_what_is_not_ours(home: Home) -> None:
    home.secret("x")
    (home.path / "notes.txt").write_text("mine")
    home.erase()
    assert [path.name for path in home.path.iterdir()] == ["notes.txt"]
