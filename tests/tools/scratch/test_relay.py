"""A server that demands TLS is read through the relay, and only when its certificate is what was asked for."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dbengineer.tools.scratch.access import clean_environment
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.dump import dump, way
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.scratch.relay import Relay, relayed
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.scratch.shadow import make_shadow
from dbengineer.tools.target import Target


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory, server_15: Server) -> Path:
    """The certificate of a server that takes nothing but TLS and is called localhost."""
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "server.key"), "-out", str(folder / "server.crt")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files],
                   check=True, capture_output=True)  # fmt: skip
    for name in ("server.key", "server.crt"):
        copy = server_15.data / name
        copy.write_bytes((folder / name).read_bytes())
        copy.chmod(0o600)
        server_15.account.own(copy)
    (server_15.data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
    admin = server_15.database()
    admin.script("ALTER SYSTEM SET ssl = on")
    admin.query("SELECT pg_reload_conf()")
    admin.close()
    return folder / "server.crt"


@pytest.fixture
def address(server_15: Server, root: Path) -> dict[str, str]:
    """How to reach it, once it has read its new settings."""
    password = psycopg.conninfo.conninfo_to_dict(server_15.tcp_url())["password"]
    variables = {"PGHOST": "localhost", "PGHOSTADDR": "127.0.0.1", "PGPORT": str(server_15.port), "PGUSER": "postgres"}
    return {**variables, "PGPASSWORD": str(password), "PGDATABASE": "postgres", "PGSSLROOTCERT": str(root)}


def dumped(server: Server, variables: dict[str, str]) -> tuple[int, str, Relay]:
    with relayed(variables) as (relay, through):
        command = [str(server.bin_dir / "pg_dump"), "--schema-only", "--no-password"]
        done = subprocess.run(command, env=clean_environment(through), capture_output=True, text=True, timeout=30)
    return done.returncode, done.stderr, relay


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_the_right_certificate_is_taken(server: Server, address: dict[str, str], mode: str) -> None:
    code, complaint, relay = dumped(server, {**address, "PGSSLMODE": mode})
    assert (code, complaint, relay.failure) == (0, "", "")


def test_without_a_root_certificate_require_takes_any(server: Server, address: dict[str, str]) -> None:
    del address["PGSSLROOTCERT"]
    assert dumped(server, {**address, "PGSSLMODE": "require"})[0] == 0


def test_verify_full_refuses_a_wrong_name_and_verify_ca_does_not(server: Server, address: dict[str, str]) -> None:
    wrong = {**address, "PGHOST": "db.example.com"}
    assert dumped(server, {**wrong, "PGSSLMODE": "verify-ca"})[0] == 0
    code, _, relay = dumped(server, {**wrong, "PGSSLMODE": "verify-full"})
    assert code != 0
    assert "db.example.com" in relay.failure


def test_a_certificate_of_somebody_else_is_refused(server: Server, address: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "other.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                    "-keyout", tmp_path / "other.key", "-out", other], check=True, capture_output=True)  # fmt: skip
    code, _, relay = dumped(server, {**address, "PGSSLMODE": "require", "PGSSLROOTCERT": str(other)})
    assert code != 0
    assert "certificate verify failed" in relay.failure


def test_verify_full_without_a_root_certificate_is_refused(address: dict[str, str]) -> None:
    del address["PGSSLROOTCERT"]
    with pytest.raises(ScratchError, match="needs a root certificate"):
        Relay({**address, "PGSSLMODE": "verify-full"})


def test_channel_binding_that_is_required_is_not_silently_dropped(address: dict[str, str]) -> None:
    with pytest.raises(ScratchError, match="channel_binding=require"):
        Relay({**address, "PGCHANNELBINDING": "require"})


def test_a_server_without_tls_is_refused(server: Server, address: dict[str, str]) -> None:
    with Server.start(listen_tcp=True) as plain:
        code, _, relay = dumped(server, {**address, "PGPORT": str(plain.port), "PGSSLMODE": "require"})
    assert code != 0
    assert "does not offer TLS" in relay.failure


@pytest.fixture
def demanding(address: dict[str, str], server_15: Server) -> Iterator[Target]:
    """A target that is reached over TLS alone."""
    password = address["PGPASSWORD"]
    target = Target.open(
        f"host=localhost hostaddr=127.0.0.1 port={server_15.port} user=postgres password={password} dbname=postgres "
        f"sslmode=verify-full sslrootcert={address['PGSSLROOTCERT']}",
        trust_role=True,
    )
    yield target
    target.close()


def test_a_target_that_demands_tls_has_a_shadow(server: Server, server_15: Server, demanding: Target) -> None:
    source: Database = server_15.database()
    source.script("CREATE TABLE IF NOT EXISTS things (id int PRIMARY KEY)")
    source.close()
    with way(demanding, server, "statistics") as (_, variables, relay):
        assert relay is None or variables["PGSSLMODE"] == "disable"
    copy = make_shadow(demanding, server, "tls_shadow")
    found = copy.database.query("SELECT 1 FROM pg_class WHERE relname = 'things'")
    copy.database.close()
    assert len(found) == 1


def test_the_users_own_pg_dump_is_liked_better_when_it_is_new_enough(server: Server, demanding: Target) -> None:
    assert not dump(demanding, server, what="schema").through_relay
