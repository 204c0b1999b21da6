"""Whatever is asked wrongly ends with one clear message and a status, never with a traceback or a password."""

from __future__ import annotations

import json
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dbengineer.tools.scratch import account
from dbengineer.tools.scratch.server import Server

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Something else on a port, which answers everybody who comes."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            while True:
                try:
                    client, _ = door.accept()
                except OSError:
                    return
                with client:
                    answer(client)

        threading.Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)


def a_web_server(client: socket.socket) -> None:
    client.recv(1000)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def an_old_server(client: socket.socket) -> None:
    """PostgreSQL 9.6 as far as a client sees it: no TLS, no password, its version, ready."""

    def message(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("!i", len(body) + 4) + body

    said = client.recv(1000)
    while said[4:8] in (struct.pack("!i", 80877103), struct.pack("!i", 80877104)):
        client.sendall(b"N")
        said = client.recv(1000)
    parameters = {b"server_version": b"9.6.24", b"client_encoding": b"UTF8", b"standard_conforming_strings": b"on"}
    client.sendall(message(b"R", struct.pack("!i", 0)))
    for name, value in parameters.items():
        client.sendall(message(b"S", name + b"\0" + value + b"\0"))
    client.sendall(message(b"Z", b"I"))
    client.recv(1000)


# -- the address


ADDRESSES = [
    ("postgresql://reader:geheim-und-l4ng@127.0.0.1:1/shop", "nothing listens there; check host and port"),
    ("postgresql://reader:geheim-und-l4ng@nowhere.invalid/shop", "the host's name is not known"),
    ("postgresql://reader:f4lsch-geraten@127.0.0.1:PORT/shop", "the user or the password is wrong"),
    ("postgresql://reader:geheim-und-l4ng@127.0.0.1:PORT/shop?sslmode=require", "the server has no TLS"),
    ("postgresql://reader:geheim-und-l4ng@127.0.0.1:PORT/nothing", "the server has no such database"),
    ("host=127.0.0.1 port=PORT user=reader password=geheim-und-l4ng dbname=no", "the server has no such database"),
    ("postgresql://reader:f4lsch-geraten@b/c@127.0.0.1:PORT/shop", "a password needs @ as %40 and / as %2F"),
    ("shop", "this is not an address of a database; write postgresql://user@host:5432/database"),
    ("", "no database was named; give a URL, set DBENGINEER_URL"),
]


def test_an_address_that_leads_nowhere(dbengineer: Any, cluster: Any) -> None:
    port = str(cluster.server.port)
    dbengineer.refuses_each(*((("review", given.replace("PORT", port)), told) for given, told in ADDRESSES))


def test_something_else_on_the_port(dbengineer: Any) -> None:
    with listening(a_web_server) as port:
        assert "is not PostgreSQL" in dbengineer.refuses("review", f"postgresql://reader@127.0.0.1:{port}/shop")


def test_a_server_that_is_too_old(dbengineer: Any) -> None:
    with listening(an_old_server) as port:
        told = dbengineer.refuses("review", f"postgresql://reader@127.0.0.1:{port}/shop")
    assert "is PostgreSQL 9.6.24; dbengineer works with 13 and later" in told


@pytest.fixture
def encrypted(tmp_path: Path) -> Iterator[Server]:
    """A server with a certificate that nobody has signed."""
    if not POSTGRES_15.exists() or not shutil.which("openssl"):
        pytest.skip("PostgreSQL 15 with TLS or openssl is not installed here")
    with Server.start(pg_bin=POSTGRES_15, listen_tcp=True) as server:
        key, certificate = server.data / "server.key", server.data / "server.crt"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
        subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        for path in (key, certificate):
            path.chmod(0o600)
            account.choose().own(path)
        admin = server.database()
        admin.script("ALTER SYSTEM SET ssl = on")
        admin.query("SELECT pg_reload_conf()")
        admin.close()
        yield server


def test_a_server_with_tls(dbengineer: Any, encrypted: Server) -> None:
    url = encrypted.tcp_url()
    seen = dbengineer("explain", "SELECT 1", "--url", f"{url}?sslmode=require", "--trust-role", "--json")
    assert (seen.status, "plan" in json.loads(seen.out)) == (0, True)
    assert "sslrootcert" in dbengineer.refuses("explain", "SELECT 1", "--url", f"{url}?sslmode=verify-full")


def test_a_role_that_could_write_is_refused_with_the_way_out(dbengineer: Any, cluster: Any) -> None:
    url = cluster.server.tcp_url("shop")
    refused, role, trusted = dbengineer.several(
        ("review", url), ("role", url), ("check", "boolean_index", url, "--trust-role")
    )
    assert (refused.status, role.status, trusted.status) == (2, 0, 0)
    assert "it is a superuser" in refused.err
    assert "`dbengineer role URL` prints its SQL; --trust-role goes on" in refused.err
    assert 'CREATE ROLE "dbengineer_ro"' in role.out


# -- the command line


WRONG_LINES = [
    ("review --rows all", "'all' is not one of 'none', 'copy'"),
    ("review --deliverable index", "there is no deliverable 'index'; use one of schema, migrations"),
    ("review --demo nothing", "there is no demo named nothing: use one of bank, bank_healthy, clinic"),
    ("review --resume --out nowhere", "no unfinished run lies in nowhere; begin one with: dbengineer review URL"),
    ("review --everything", "No such option: --everything"),
    ("serve --port 99999", "less than or equal to 65535"),
    ("serve --port http", "valid integer"),
    ("serve --host 0.0.0.0", "set DBENGINEER_SERVER_KEY"),
    ("repair", "No such command 'repair'"),
    ("approve", "Missing argument"),
    ("check foreign_key_without_indx", "did you mean foreign_key_without_index"),
    ("report /etc/passwd", "there is no report in /etc/passwd: give the folder of a report"),
    ("report .", "there is no report in .: give the folder of a report"),
    ("approve . some-change", "there is no report in ."),
]


def test_a_command_line_that_is_wrong(dbengineer: Any) -> None:
    dbengineer.refuses_each(*((words.split(), told) for words, told in WRONG_LINES))
    assert "No such command" in dbengineer.refuses("repair")


WRONG_SETTINGS = [
    ("DBENGINEER_PG_BIN", "/nowhere", "there is no postgres in /nowhere; name the folder"),
    ("DBENGINEER_MODEL_SECONDS", "-1", "greater than 0"),
    ("DBENGINEER_COLOUR", "red", "Known are: DBENGINEER_URL"),
    ("DBENGINEER_STATE_URL", "geheim-und-l4ng", "DBENGINEER_STATE_URL: this is not an address"),
    ("DBENGINEER_STATE_URL", "postgresql://me:geheim-und-l4ng@127.0.0.1:1/state", "nothing listens there"),
]


def test_a_setting_that_is_wrong(dbengineer: Any, url: str, tmp_path: Path) -> None:
    command = ("review", url, "--out", tmp_path)
    every = dbengineer.varied(*((command, {variable: value}) for variable, value, _ in WRONG_SETTINGS))
    for (variable, _, told), said in zip(WRONG_SETTINGS, every, strict=True):
        assert (said.status, said.out) == (2, ""), variable
        assert told in said.err, variable


def test_an_address_in_the_wrong_place_is_not_repeated(dbengineer: Any, url: str) -> None:
    dbengineer.refuses_each(
        (("approve", ".", "some-change", url), "an address goes where --help says, as URL or after --url"),
        (("tools", "postgresql://reader:f4lsch-geraten@b/c@127.0.0.1/shop"), "unexpected extra argument(s) (***)"),
        (("check", url), "an address goes after the name of a check"),
    )


def test_a_folder_that_cannot_be_made(dbengineer: Any, url: str) -> None:
    told = dbengineer.refuses("review", url, "--out", "/etc/passwd")
    assert "Not a directory; check the folder, or choose another one with --out" in told


def test_a_reader_that_goes_away_is_no_fault(dbengineer: Any) -> None:
    with dbengineer.begin("check", "--json") as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


# -- SQL


WRONG_SQL = [
    ("DELETE FROM public.users", "only one SELECT can be explained"),
    ("SELEC 1", "only one SELECT can be explained"),
    ("SELECT 1; SELECT 2", "only one SELECT can be explained"),
    ("SELECT * FROM public.nothing", 'relation "public.nothing" does not exist'),
    ("SELECT pg_sleep(9)", "pg_sleep"),
]


def test_sql_that_cannot_be_explained(dbengineer: Any, url: str) -> None:
    dbengineer.refuses_each(*((("explain", sql, "--url", url), told) for sql, told in WRONG_SQL))


def test_a_plan_is_drawn(dbengineer: Any, url: str) -> None:
    said = dbengineer("explain", "SELECT * FROM orders WHERE user_id = $1", "--url", url)
    assert said.status == 0
    assert "100%  ████████████████████  Seq Scan on orders" in said.out


def test_a_question_whose_answer_is_a_refusal(dbengineer: Any, url: str, tmp_path: Path) -> None:
    question = ("ask", "explain DELETE FROM public.users", "--url", url)
    refused, unclear = dbengineer.several([*question, "--json"], ("ask", "why?"), DBENGINEER_OUT=str(tmp_path))
    assert (refused.status, refused.out, unclear.status) == (2, "", 2)
    assert "only one SELECT" in refused.err
    assert "only these are understood:\n  help" in unclear.err


# -- a report and its approvals


def changes(folder: Path, verdict: str) -> list[str]:
    """The changes of a report on which a gate gave a verdict."""
    reviews = json.loads((folder / "checklist.json").read_text())["reviews"]
    return list(dict.fromkeys(r["recommendation"] for r in reviews if r["verdict"] == verdict))


def test_the_checklist_fits_80_columns(review_of_the_shop: Any) -> None:
    said = review_of_the_shop.said
    assert said.status == 0
    assert max(map(len, said.out.splitlines())) <= 80
    checklist = said.out.partition("Findings:")[0]
    assert "…" not in checklist
    assert "looked at 0 of ? statements" in " ".join(checklist.split())
    assert said.err == ""


def test_a_report_holds_no_password(review_of_the_shop: Any) -> None:
    files = [path for path in review_of_the_shop.folder.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path.name for path in files if b"geheim" in path.read_bytes()] == []


def test_a_report_that_was_damaged(dbengineer: Any, reviewed: Path) -> None:
    (reviewed / "checklist.json").write_text('{"checklist": {}}')
    assert "cannot be read: it was changed, or another version" in dbengineer.refuses("report", reviewed)


def test_an_approval_stands_until_the_schema_changes(dbengineer: Any, cluster: Any, reviewed: Path) -> None:
    change, another = changes(reviewed, "needs_person")[0], changes(reviewed, "proven")[0]
    url, other = cluster.url(), cluster.make("grown", "CREATE TABLE users (id int PRIMARY KEY)")
    given, shown, compared, refused = dbengineer.several(
        ("approve", reviewed, change, "--url", url, "--by", "ada", "--json"),
        ("report", reviewed, "--url", url),
        ("report", reviewed, "--url", other),
        ("approve", reviewed, another, "--url", other),
    )
    assert json.loads(given.out)["by"] == "ada"
    assert (reviewed / "migrations" / "approved" / f"{change}.sql").is_file()
    assert f"{change} approved by ada" in shown.out
    assert "stands (change and schema are those that were approved)" in " ".join(shown.out.split())
    assert "void (the schema has changed since)" in " ".join(compared.out.split())
    assert (refused.status, refused.out) == (2, "")
    assert "the schema of shop has changed since this report was made" in refused.err


def test_only_what_a_report_holds_is_approved(dbengineer: Any, reviewed: Path) -> None:
    assert "this report holds no change 'some-change'; it holds " in dbengineer.refuses(
        "approve", reviewed, "some-change"
    )


def test_a_file_that_was_edited_is_not_approved(dbengineer: Any, reviewed: Path, url: str) -> None:
    edited, other = changes(reviewed, "needs_person")[:2]
    path = reviewed / "migrations" / "waiting" / f"{edited}.sql"
    path.write_text(path.read_text() + "DROP TABLE orders;")
    refused, given = dbengineer.several(*(("approve", reviewed, change, "--url", url) for change in (edited, other)))
    assert (refused.status, given.status) == (2, 0)
    assert f"migrations/waiting/{edited}.sql is not the file that was reviewed; put it back" in refused.err
    assert path.is_file()


# -- for machines


def test_every_command_answers_as_json(dbengineer: Any, reviewed: Path, url: str, tmp_path: Path) -> None:
    commands = [
        ("tools",),
        ("check",),
        ("check", "foreign_key_without_index", url),
        ("role", url),
        ("explain", "SELECT 1", "--url", url),
        ("ask", "slow", "--url", url),
        ("report", reviewed),
        ("report", reviewed, "--url", url),
        ("approve", reviewed, changes(reviewed, "needs_person")[0], "--url", url),
        ("review", url, "--deliverable", "schema", "--out", tmp_path),
    ]
    answers = dbengineer.several(*([*words, "--json"] for words in commands), DBENGINEER_OUT=str(tmp_path))
    for words, said in zip(commands, answers, strict=True):
        assert (said.status, said.err) == (0, ""), words
        assert json.loads(said.out), words


def test_json_or_not_an_error_goes_to_standard_error(dbengineer: Any, reviewed: Path) -> None:
    nowhere = "postgresql://reader:geheim-und-l4ng@127.0.0.1:1/shop"
    commands = [
        ("role", nowhere),
        ("check", "foreign_key_without_index", nowhere),
        ("explain", "SELECT 1", "--url", nowhere),
        ("ask", "slow", "--url", nowhere),
        ("report", reviewed, "--url", nowhere),
        ("approve", reviewed, changes(reviewed, "proven")[0], "--url", nowhere),
    ]
    dbengineer.refuses_each(*(([*words, "--json"], "nothing listens there") for words in commands))
