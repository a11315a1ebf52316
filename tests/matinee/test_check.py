import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conf.settings import Settings
from matinee.check import machine, services
from matinee.check.database import database
from matinee.cli import main
from matinee.faults import Fault
from matinee.mongod import EmbeddedMongod
from matinee.running import WebRecord, record_web


def check(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], env={"MATINEE_LOG_LEVEL": None, **environment})


def failures(result: Result) -> list[str]:
    return [line for line in result.stdout.splitlines() if line.startswith("FAIL")]


@pytest.fixture
def occupied() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.integration
def test_everything_is_green_on_an_empty_folder(tmp_path: Path, free_port: int) -> None:
    result = check("--data", str(tmp_path), MATINEE_PORT=str(free_port))
    assert failures(result) == []
    assert result.exit_code == 0
    assert "replica set rs0" in result.stdout
    assert "google: not configured" in result.stdout


def test_red_for_a_wrong_mongo_uri_without_showing_its_password(tmp_path: Path, free_port: int) -> None:
    result = check("--data", str(tmp_path), MATINEE_MONGO_URI="mongo://me:geheim@db", MATINEE_PORT=str(free_port))
    assert result.exit_code == 1
    (line,) = failures(result)
    assert line.startswith("FAIL  database: the address is wrong")
    assert "MATINEE_MONGO_URI" in line
    assert "geheim" not in result.output


def test_red_for_a_database_that_does_not_answer(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matinee.check.database.ANSWER_MS", 300)
    with pytest.raises(Fault, match=rf"127\.0\.0\.1:{free_port}.*MATINEE_MONGO_URI"):
        database(f"mongodb://127.0.0.1:{free_port}", "matinee")


@pytest.mark.integration
def test_red_for_a_wrong_database_password(mongod: EmbeddedMongod) -> None:
    uri = f"mongodb://matinee:wrong@127.0.0.1:{mongod.port}/?replicaSet=rs0&authSource=admin"
    with pytest.raises(Fault, match="correct user, password and rights") as raised:
        database(uri, "matinee")
    assert "wrong@" not in str(raised.value)
    assert "full error" not in str(raised.value)


def test_red_for_an_occupied_port_with_another_one_to_take(tmp_path: Path, occupied: int) -> None:
    with pytest.raises(Fault, match=rf"port {occupied} on 127\.0\.0\.1 is in use.*--port {occupied + 1}"):
        machine.port(Settings(data=tmp_path, port=occupied))


def test_the_port_of_our_own_running_node_is_fine(tmp_path: Path, occupied: int) -> None:
    record_web(tmp_path, WebRecord(url=f"http://127.0.0.1:{occupied}", pid=os.getpid()))
    assert "served by the running web node" in machine.port(Settings(data=tmp_path, port=occupied))


@pytest.mark.parametrize("folder", ["/proc/matinee", "file", "file/below"])
def test_red_for_a_data_folder_that_cannot_be_written(folder: str, tmp_path: Path, free_port: int) -> None:
    (tmp_path / "file").write_text("in the way")
    result = check("--data", str(tmp_path / folder), MATINEE_PORT=str(free_port))
    assert result.exit_code == 1
    (line,) = failures(result)
    assert line.startswith("FAIL  data folder")
    assert "--data" in line


def test_red_for_secrets_that_others_can_read(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    machine.secrets(settings)
    (tmp_path / "secrets.toml").chmod(0o644)
    with pytest.raises(Fault, match="chmod 600"):
        machine.secrets(settings)


def test_red_for_a_disk_without_room(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="free some space"):
        machine.disk(Settings(data=tmp_path), least_free_bytes=2**62)


def test_red_for_a_bad_setting_as_json(free_port: int) -> None:
    result = check("--json", MATINEE_PORT="soon")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["ok"] is False
    assert [each["name"] for each in document["checks"]] == ["settings"]


def test_red_for_a_malformed_statsd_address() -> None:
    with pytest.raises(Fault, match=r"'nowhere' is no address; MATINEE_STATSD=host:port"):
        services.statsd(Settings(statsd="nowhere"))


def test_red_for_a_statsd_port_that_nobody_listens_on(free_port: int) -> None:
    with pytest.raises(Fault, match="nothing listens"):
        services.statsd(Settings(statsd=f"127.0.0.1:{free_port}"))


def test_green_for_a_statsd_port_that_takes_packets() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        assert "figures go to" in services.statsd(Settings(statsd=f"127.0.0.1:{listener.getsockname()[1]}"))


def test_red_for_a_mail_server_that_does_not_answer(free_port: int) -> None:
    with pytest.raises(Fault, match="does not answer"):
        services.mail(Settings(smtp_url=f"smtp://127.0.0.1:{free_port}"))


def test_red_for_half_of_a_google_client() -> None:
    with pytest.raises(Fault, match="MATINEE_GOOGLE_CLIENT_SECRET"):
        services.google(Settings(google_client_id="abc"), None)


def test_red_for_a_bus_that_does_not_answer() -> None:
    with pytest.raises(Fault, match="NATS"):
        services.bus(Settings(nats_url="nats://127.0.0.1:9"))
