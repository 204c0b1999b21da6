"""Secrets of every kind are planted; after reviews, questions and failures of every kind none of them is anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from dbengineer.evals.model_server import Answer, ModelServer, streamed, whole
from dbengineer.tools.scratch.server import Server

MARK = "Qz7"
"""What each secret has in it, also when it is cut at a special character or escaped."""
COMMENT = "Cm4comment"
"""What a comment says belongs to the drawing of the schema, and nowhere else."""
PASSWORD = f"{MARK}url@{MARK}x/y:{MARK}z%?{MARK}'{MARK}"
FILE_PASSWORD = f"{MARK}file"
API_KEY, SERVER_KEY = f"{MARK}api-key", f"{MARK}server-key"
PLANTED = f"""
CREATE EXTENSION pg_stat_statements;
CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner bigint, word text);
CREATE TABLE owners (id bigint PRIMARY KEY, email text);
ALTER TABLE accounts ADD FOREIGN KEY (owner) REFERENCES owners;
COMMENT ON TABLE accounts IS '{COMMENT}';
INSERT INTO owners SELECT n, '{MARK}row' || n FROM generate_series(1, 500) n;
INSERT INTO accounts (owner, word) SELECT 1 + n % 500, '{MARK}row' FROM generate_series(1, 5000) n;
CREATE ROLE reader LOGIN; CREATE ROLE filed LOGIN PASSWORD '{FILE_PASSWORD}'; CREATE ROLE writer LOGIN SUPERUSER;
GRANT pg_monitor, pg_read_all_data TO reader, filed;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ANALYZE;
SELECT pg_stat_statements_reset();
"""
ASKED = (
    f"SELECT word FROM accounts WHERE word = '{MARK}literal' ORDER BY owner",
    f"DO $$ BEGIN PERFORM count(*) FROM accounts WHERE word = '{MARK}block'; END $$",
    f"ALTER ROLE reader SET application_name = '{MARK}utility'",
    f"COPY (SELECT word FROM accounts WHERE word = '{MARK}copied') TO STDOUT",
)
QUERY = {"tool": "query", "args": {"sql": "SELECT word FROM public.accounts LIMIT 5"}}
FAILS = {"tool": "query", "args": {"sql": "SELECT word::int FROM public.accounts"}}
PLAN = {"tool": "explain", "args": {"sql": "SELECT * FROM public.accounts WHERE owner = 7"}}


class Vault(NamedTuple):
    """A database full of secrets, and the address of the role that reads it."""

    server: Server
    name: str = "vault"

    def url(self, user: str = "reader", password: str = PASSWORD, **changed: object) -> str:
        """The address with the password in it, escaped as it has to be."""
        port, name = changed.get("port", self.server.port), changed.get("name", self.name)
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{port}/{name}"


@pytest.fixture(scope="module")
def vault() -> Iterator[Vault]:
    with Server.start(listen_tcp=True) as server:
        database = server.create("vault")
        database.script(PLANTED)
        for role in ("reader", "writer"):
            password = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD))
            database.connection.execute(password)
        for asked in ASKED * 5:
            with psycopg.connect(database.conninfo, autocommit=True) as app, app.cursor() as cursor:
                if asked.startswith("COPY"):
                    with cursor.copy(asked) as copy:
                        list(copy)
                else:
                    cursor.execute(asked.encode())
        with psycopg.connect(database.conninfo) as idle:
            idle.execute(f"SELECT '{MARK}session'".encode())
            yield Vault(server)
        database.close()


class Model(ModelServer):
    """A model that asks for rows and repeats all that it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[dict[str, Any]] = []
        self.status = 200

    def answer(self, asked: dict[str, Any], authorization: str) -> Answer:
        """What it says; when it refuses, it repeats the key as some servers do."""
        if self.status != 200:
            refusal = {"error": {"message": f"Incorrect API key: {authorization}"}}
            return Answer(json.dumps(refusal).encode(), status=self.status)
        if asked.get("stream"):
            return streamed(["I saw: " + "\n".join(self.traffic)[-20_000:]])
        wanted = asked["response_format"]["json_schema"]["name"]
        call = self.calls.pop(0) if wanted == "turn" and self.calls else {"tool": "done", "args": {}}
        said = {"turn": {"thought": "", "call": call}, "proposals": {"recommendations": []}}.get(
            wanted, {"objection": "\n".join(self.traffic)[-200:]}
        )
        return whole(json.dumps(said))


@pytest.fixture
def model() -> Iterator[Model]:
    with Model() as model:
        yield model


@pytest.fixture
def settings(model: Model, tmp_path: Path) -> dict[str, str]:
    """The environment of a user with a model, whose keys are secrets too."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home),
        "DBENGINEER_OUT": str(tmp_path / "reports"),
        "DBENGINEER_AUDIT": str(tmp_path / "reports" / "audit.jsonl"),
        "DBENGINEER_BASE_URL": model.url,
        "DBENGINEER_MODEL": "m",
        "DBENGINEER_API_KEY": API_KEY,
        "DBENGINEER_SERVER_KEY": SERVER_KEY,
    }


def found(folder: Path, *texts: str, mark: str = MARK) -> list[str]:
    """Where there is a secret: in which texts and files, with what surrounds it."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("given-")]
    texts = (*texts, *(path.read_bytes().decode(errors="replace") for path in files))
    names = [f"text {n}" for n in range(len(texts) - len(files))] + [str(path.relative_to(folder)) for path in files]
    return [
        f"{name}: …{text[max(0, text.index(mark) - 80) : text.index(mark) + 40]}…"
        for name, text in zip(names, texts, strict=True)
        if mark in text
    ]


def test_the_marks_are_found_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "leak.json").write_text(json.dumps({"url": f"postgresql://u:{quote(PASSWORD)}@h/d"}))
    assert [where.split(":")[0] for where in found(tmp_path, "nothing", f"a {MARK} here")] == ["text 1", "leak.json"]


def test_a_whole_review_with_a_model_holds_no_secret(
    dbengineer: Any, vault: Vault, model: Model, settings: dict[str, str], tmp_path: Path
) -> None:
    model.calls = [QUERY, FAILS, PLAN]
    lines = [word for name in ("schema", "indexes", "queries", "security") for word in ("--deliverable", name)]
    said = dbengineer("review", vault.url(), *lines, **settings)
    assert said.status == 0, said
    assert len(model.traffic) > 3
    logged = [json.loads(line) for line in (tmp_path / "reports" / "audit.jsonl").read_text().splitlines()]
    assert {"model", "product"} == {line["by"] for line in logged}
    report = next(path.parent for path in (tmp_path / "reports").glob("*/checklist.json"))
    again = dbengineer("report", report, **settings)
    verified = dbengineer("audit", "verify", **settings)
    assert (again.status, verified.status) == (0, 0)
    assert found(tmp_path, *said[1:], *again[1:], *model.traffic) == []
    drawn = {
        where.split(":")[0].rpartition("/")[2] for where in found(tmp_path, *said[1:], *model.traffic, mark=COMMENT)
    }
    assert drawn <= {"erd.svg", "report.html", "schema.md"}, drawn
    assert dbengineer.left_behind() == []


def test_a_review_that_may_copy_rows_writes_none_down(
    dbengineer: Any, vault: Vault, settings: dict[str, str], tmp_path: Path
) -> None:
    settings = {name: value for name, value in settings.items() if name not in ("DBENGINEER_MODEL",)}
    lines = [word for name in ("indexes", "recovery") for word in ("--deliverable", name)]
    said = dbengineer("review", vault.url(), "--rows", "copy", *lines, **settings)
    assert said.status == 0, said
    assert found(tmp_path, *said[1:]) == []
    assert dbengineer.left_behind() == []


def test_questions_and_single_looks_hold_no_secret(
    dbengineer: Any, vault: Vault, model: Model, settings: dict[str, str], tmp_path: Path
) -> None:
    model.calls = [QUERY, FAILS, PLAN]
    url = vault.url()
    asked = dbengineer("ask", "what is in it?", "--url", url, **settings)
    rest = dbengineer.several(
        ("explain", "SELECT * FROM public.accounts WHERE owner = 7", "--url", url),
        ("check", "unused_index", url),
        ("role", url),
        ("role", "--check", url),
        ("role", "--check", vault.url("writer"), "--json"),
        **settings,
    )
    assert [asked.status, *(said.status for said in rest)] == [0, 0, 0, 0, 0, 1], asked
    assert found(tmp_path, *asked[1:], *(text for said in rest for text in said[1:]), *model.traffic) == []


def elsewhere(tmp_path: Path, vault: Vault, password: str) -> list[dict[str, str]]:
    """The other ways in which libpq is told a password: the environment, a password file and a service file."""
    port = vault.server.port
    passfile, services = tmp_path / "given-pgpass", tmp_path / "given-services"
    passfile.write_text(f"127.0.0.1:{port}:*:filed:{password}\n")
    passfile.chmod(0o600)
    services.write_text(f"[vault]\nhost=127.0.0.1\nport={port}\nuser=filed\ndbname=vault\npassword={password}\n")
    plain = f"host=127.0.0.1 port={port} user=filed dbname=vault"
    return [
        {"DBENGINEER_URL": plain, "PGPASSWORD": password},
        {"DBENGINEER_URL": plain, "PGPASSFILE": str(passfile)},
        {"DBENGINEER_URL": "service=vault", "PGSERVICEFILE": str(services)},
        {"DBENGINEER_URL": f"{plain} password={password} options='-c app.password={MARK}option'"},
    ]


@pytest.mark.parametrize("right", [True, False])
def test_a_password_that_is_given_elsewhere_is_not_repeated(
    right: bool, dbengineer: Any, vault: Vault, settings: dict[str, str], tmp_path: Path
) -> None:
    ways = elsewhere(tmp_path, vault, FILE_PASSWORD if right else FILE_PASSWORD + "-wrong")
    explain = ("explain", "SELECT * FROM public.accounts WHERE owner = 7")
    said = dbengineer.varied(*((explain, settings | way) for way in ways))
    assert [each.status for each in said] == [0 if right else 2] * len(ways), said
    assert found(tmp_path, *(text for each in said for text in each[1:])) == []


def test_what_somebody_has_typed_is_said_back_to_them_alone(
    dbengineer: Any, vault: Vault, settings: dict[str, str], tmp_path: Path
) -> None:
    """The parser quotes what it stumbles over, which nobody else is to read."""
    typed = [("sql", vault.url(), text) for text in (f"SELECT '{MARK}typed", f"{MARK}typed SELECT", f'SELECT "{MARK}')]
    said = dbengineer.several(*typed, **settings)
    assert [each.status for each in said] == [2, 2, 2]
    assert '"verdict":"refused"' in (tmp_path / "reports" / "audit.jsonl").read_text()
    assert found(tmp_path) == []


def test_failures_of_every_kind_repeat_no_secret(
    dbengineer: Any, vault: Vault, model: Model, settings: dict[str, str], tmp_path: Path
) -> None:
    url, bare = vault.url(), f"postgresql://reader:{PASSWORD}@127.0.0.1:{vault.server.port}/vault"
    plain = f"host=127.0.0.1 user=reader password={PASSWORD}"
    refused = dbengineer.several(
        ("check", "unused_index", vault.url(password=PASSWORD + "wrong")),
        ("check", "unused_index", vault.url("nobody")),
        ("check", "unused_index", vault.url("writer")),
        ("check", "unused_index", vault.url(name="nowhere")),
        ("check", "unused_index", vault.url(port=1)),
        ("check", "unused_index", url + "?sslmode=verify-full"),
        ("check", "unused_index", url + f"?{MARK}option=1"),
        ("check", "unused_index", bare),
        ("check", "unused_index", plain),
        ("check", url),
        ("check", "unused_index", "--url", url),
        ("review", url, "--rows", url),
        ("review", url, "--deliverable", url),
        ("sql", url, f"DELETE FROM public.accounts WHERE word = '{MARK}typed'"),
        ("sql", url, "SELECT word::int FROM public.accounts"),
        ("sql", url, "SELECT xmlparse(document word) FROM public.accounts"),
        ("role", url, url),
        (url,),
        **settings,
    )
    assert all(said.status for said in refused), refused
    model.status = 401
    unanswered = dbengineer("ask", "what is in it?", "--url", url, **settings)
    unwritable = dbengineer("review", url, "--out", "/proc/none", **settings | {"DBENGINEER_AUDIT": ""})
    assert unwritable.status == 2
    told = [text for said in (*refused, unanswered, unwritable) for text in said[1:]]
    assert found(tmp_path, *told, *model.traffic) == []
