"""What a text cannot show, a server can: statements that resolve to somebody's code are refused, others are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from dbengineer.tools import guard
from dbengineer.tools.guard import Refused, inventory, nodes
from dbengineer.tools.guard.meaning import Meaning, Model, explained
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.scratch.rehearsal import make_rehearsal
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import RefusedSql, Target

TRAPS = """
SET check_function_bodies = off;
CREATE EXTENSION pg_trgm; CREATE EXTENSION hstore; CREATE EXTENSION dblink; CREATE EXTENSION file_fdw;
CREATE TABLE log (what text); CREATE SEQUENCE tickets;
CREATE TABLE orders (id int PRIMARY KEY, total numeric, note text, placed date);
INSERT INTO orders SELECT n, n, 'note', '2026-01-01' FROM generate_series(1, 10) n;
CREATE FUNCTION wrote(text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS
  $$ BEGIN INSERT INTO public.log VALUES ($1); RETURN true; END $$;
CREATE FUNCTION lied(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
  $$ BEGIN PERFORM pg_notify('x', $1); RETURN true; END $$;

CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT public.wrote($1)';
CREATE OPERATOR = (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE OPERATOR ### (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
CREATE FUNCTION lower(orders) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM wrote('lower'); RETURN 'x'; END $$;
CREATE FUNCTION upper(orders) RETURNS text LANGUAGE sql AS $$ SELECT $1.note $$;

CREATE VIEW plain AS SELECT o.id, lower(o.note) AS note, count(*) OVER () FROM orders o JOIN log ON what = note;
CREATE VIEW behind AS SELECT id FROM orders WHERE wrote('view');
CREATE VIEW deep AS SELECT b.id FROM plain JOIN behind b USING (id);
CREATE VIEW ticket AS SELECT nextval('tickets') FROM orders;
CREATE VIEW lock AS SELECT pg_try_advisory_lock(1) FROM orders;
CREATE VIEW secrets AS SELECT rolname, rolpassword FROM pg_authid;
CREATE VIEW remote AS SELECT * FROM dblink('dbname=x', 'SELECT 1') AS d (a int);
CREATE MATERIALIZED VIEW kept AS SELECT count(*) FROM orders;

CREATE DOMAIN evil AS text CHECK (wrote(VALUE));
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE TABLE people (mail email, nick evil);
CREATE TYPE pair AS (a text, b evil);
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE FUNCTION numbered(pair) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM wrote('cast'); RETURN 1; END $$;
CREATE CAST (pair AS int) WITH FUNCTION numbered(pair);
CREATE TABLE pairs (p pair, c colour, r int4range, h hstore);
CREATE FUNCTION step(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM wrote('step'); RETURN $1; END $$;
CREATE AGGREGATE summed (int) (SFUNC = step, STYPE = int);
CREATE AGGREGATE honest (int) (SFUNC = int4larger, STYPE = int);
CREATE FUNCTION apart(float8, float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 1; END $$;
CREATE TYPE span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = apart);
CREATE TABLE spans (s span);

CREATE TABLE hidden (owner text, note text);
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone ON hidden USING (wrote(owner));
CREATE TABLE owned (owner name); ALTER TABLE owned ENABLE ROW LEVEL SECURITY;
CREATE POLICY everyone ON owned USING (owner = current_user);
CREATE TABLE checked (a int CHECK (lied('x')));
CREATE TABLE checked_well (a text CHECK (lied(a)));
CREATE INDEX ON checked_well ((lied(a)));
CREATE TABLE parts (a int) PARTITION BY RANGE (a);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (2);
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE parts_far PARTITION OF parts FOR VALUES FROM (2) TO (3) SERVER files
  OPTIONS (filename '/etc/passwd');

CREATE FUNCTION total(lowest numeric) RETURNS numeric LANGUAGE sql STABLE AS
  $$ SELECT sum(o.total) FROM public.orders o WHERE o.total > lowest $$;
CREATE FUNCTION total_now() RETURNS numeric BEGIN ATOMIC SELECT total(1); END;
CREATE FUNCTION total_path() RETURNS numeric LANGUAGE sql SET search_path = public AS 'SELECT sum(total) FROM orders';
CREATE FUNCTION total_set() RETURNS numeric LANGUAGE sql SET work_mem = '1GB' AS 'SELECT sum(total) FROM public.orders';
CREATE FUNCTION total_owner() RETURNS numeric LANGUAGE sql SECURITY DEFINER AS 'SELECT sum(total) FROM public.orders';
CREATE FUNCTION two_things() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2';
CREATE FUNCTION writes() RETURNS void LANGUAGE sql AS $$ INSERT INTO public.log VALUES ('x') $$;
CREATE FUNCTION writes_parsed() RETURNS void BEGIN ATOMIC DELETE FROM orders; END;
CREATE FUNCTION locks_parsed() RETURNS SETOF int BEGIN ATOMIC SELECT id FROM orders FOR UPDATE; END;
CREATE FUNCTION defaulted(a boolean DEFAULT wrote('default')) RETURNS boolean LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION same_again(anyelement) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION loops(n int) RETURNS int LANGUAGE sql AS 'SELECT CASE WHEN n > 0 THEN public.loops(n - 1) END';
"""
HONEST = """
SELECT id, note FROM public.orders WHERE note = 'x' AND total > 1 ORDER BY placed DESC
SELECT * FROM public.plain
SELECT 'x' OPERATOR(public.###) 'y'
SELECT lower(note) FROM public.orders AS o
TABLE public.kept
SELECT mail, nick FROM public.people
SELECT '@'::public.email, c, 'red'::public.colour, (p).a, r, h OPERATOR(public.->) 'k' FROM public.pairs
SELECT public.honest(id) FROM public.orders
SELECT * FROM public.owned
SELECT DISTINCT a FROM public.checked_well
SELECT * FROM public.part
SELECT public.total(3), public.total_now(), public.total_path()
SELECT public.similarity(note, 'a') FROM public.orders WHERE note OPERATOR(public.%) 'a'
SELECT last_value FROM public.tickets
SELECT count(*) FROM pg_stat_activity
SELECT x.a FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a int PATH '$')) AS x
WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r WHERE a < 3) CYCLE a SET c USING p SELECT * FROM r
SELECT id, 1, 2, id FROM public.orders TABLESAMPLE bernoulli (1) GROUP BY ROLLUP (id) HAVING count(*) > 1; -- end
EXPLAIN (VERBOSE) SELECT * FROM public.plain
SHOW work_mem
VALUES (1, 'a'), (2, NULL)
"""
ATTACKS = {
    "SELECT note OPERATOR(public.=) 'x' FROM public.orders": "wrote",
    "SELECT o.lower FROM public.orders AS o": "column o.lower does not exist",
    "SELECT public.lower(o) FROM public.orders AS o": "is code in plpgsql",
    "SELECT * FROM public.behind": "SECURITY DEFINER",
    "SELECT * FROM public.deep": "SECURITY DEFINER",
    "EXPLAIN SELECT * FROM public.deep": "SECURITY DEFINER",
    "SELECT * FROM public.ticket": "nextval(), which writes",
    "SELECT * FROM public.lock": "takes locks",
    "SELECT rolname FROM public.secrets": "pg_authid, which holds secrets",
    "SELECT * FROM public.remote": "extension dblink",
    "SELECT 'x'::public.evil": "wrote",
    "SELECT CAST(note AS public.evil) FROM public.orders": "wrote",
    "SELECT * FROM jsonb_populate_record(NULL::public.people, '{}')": "wrote",
    "SELECT * FROM json_to_record('{}') AS x (a public.evil)": "wrote",
    "SELECT '(a,b)'::text::public.pair": "wrote",
    "SELECT CAST(p AS int) FROM public.pairs": "numbered",
    "SELECT p::int FROM public.pairs": "numbered",
    "SELECT s FROM public.spans": "apart",
    "SELECT * FROM public.hidden": "wrote",
    "SELECT count(*) FROM public.checked": "lied",
    "SELECT * FROM public.parts": "foreign table",
    "SELECT public.summed(id) FROM public.orders": "step",
    "SELECT public.total_set()": "changes settings",
    "SELECT public.total_owner()": "SECURITY DEFINER",
    "SELECT public.two_things()": "2 statements",
    "SELECT public.writes()": "it changes data",
    "SELECT public.defaulted()": "wrote",
    "SELECT public.loops(3)": "in whose text function public.loops is not on the list",
    "SELECT public.writes_parsed()": "changes data",
    "SELECT public.locks_parsed()": "ROWMARKCLAUSE",
    "WITH gone AS (DELETE FROM public.orders RETURNING *) SELECT * FROM gone": "changes data",
    "SELECT public.same_again(1)": "without its caller",
    "SELECT public.nothing()": "cannot resolve",
    "SELECT * FROM public.orders WHERE EXISTS (SELECT FROM public.behind LIMIT 1)": "wrote",
}


class Case(NamedTuple):
    """A target with code of its own, and its meaning floor."""

    admin: Database
    target: Target
    meaning: Meaning


def meaning_of(target: Target, server: Server, name: str) -> Meaning:
    return Meaning(target, lambda: make_rehearsal(target, server, name).database)


@pytest.fixture(scope="module")
def case(server: Server) -> Iterator[Case]:
    admin = server.create("meaning_traps")
    admin.script(TRAPS)
    target = Target.open(server.conninfo("meaning_traps"), trust_role=True)
    target.meaning = meaning = meaning_of(target, server, "meaning_copy")
    yield Case(admin, target, meaning)
    meaning.close()
    target.close()
    admin.close()
    for name in ("meaning_traps", "meaning_copy"):
        server.drop(name)


def meant(case: Case, sql: str) -> Refused | None:
    """The meaning floor alone, since the grammar floor refuses calls of functions it does not know."""
    model = case.meaning.model()
    assert model
    return None if sql.startswith("SHOW") else model.meant(explained(sql) if sql.startswith("EXPLAIN") else sql)


@pytest.mark.parametrize("sql", HONEST.strip().splitlines())
def test_honest_reads_pass(case: Case, sql: str) -> None:
    assert meant(case, sql) is None


@pytest.mark.parametrize("sql", ATTACKS)
def test_what_reaches_somebodys_code_is_refused_by_meaning(case: Case, sql: str) -> None:
    said = meant(case, sql)
    assert said
    assert ATTACKS[sql] in said.why
    assert said.instead


def test_the_target_asks_for_the_meaning(case: Case) -> None:
    assert case.target.read("SELECT count(*) FROM public.plain").rows == ((0,),)
    assert case.target.read("EXPLAIN SELECT * FROM public.plain").rows
    assert case.target.read("SHOW work_mem").rows
    assert case.target.explain("SELECT * FROM public.orders WHERE id = $1 AND note = $2")["Plan"]
    for read in (case.target.read, case.target.explain):
        with pytest.raises(RefusedSql, match="SECURITY DEFINER"):
            read("SELECT * FROM public.deep")
    assert case.admin.query("SELECT count(*) FROM log")[0]["count"] == 0


def test_parameters_have_the_types_that_the_server_gives_them(case: Case) -> None:
    assert case.target.explain("SELECT $1::public.email, $2 || 'x' FROM public.orders WHERE id = $3")["Plan"]
    with pytest.raises(RefusedSql, match="wrote"):
        case.target.explain("SELECT $1::public.evil")


def test_code_that_comes_later_is_seen(server: Server, database: Database) -> None:
    database.script(
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; CREATE FUNCTION own() RETURNS int "
        "LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'"
    )
    target = Target.open(server.conninfo(database.name), trust_role=True)
    meaning = target.meaning = meaning_of(target, server, f"{database.name}_copy")
    try:
        assert target.read("SELECT * FROM public.v").rows == ()
        database.script("CREATE OR REPLACE VIEW v AS SELECT own() AS a FROM t")
        with pytest.raises(RefusedSql, match="own()"):
            target.read("SELECT * FROM public.v")
    finally:
        meaning.close()
        target.close()
        server.drop(f"{database.name}_copy")


def test_without_code_of_its_own_no_copy_is_made(database: Database, server: Server) -> None:
    database.script("CREATE EXTENSION hstore; CREATE TABLE t (a hstore)")
    target = Target.open(server.conninfo(database.name), trust_role=True)

    def copy() -> Database:
        raise AssertionError("a copy was made")

    target.meaning = Meaning(target, copy)
    assert target.read("SELECT * FROM public.t").rows == ()
    target.close()


def test_what_the_copy_lacks_is_refused(server: Server, database: Database) -> None:
    database.script("CREATE TABLE t (a text); CREATE VIEW v AS SELECT lower(a) FROM t")
    target = Target.open(server.conninfo(database.name), trust_role=True)
    meaning = Meaning(target, lambda: make_rehearsal(target, server, f"{database.name}_copy").database)
    database.script("CREATE FUNCTION pg_catalog.upper(t) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$")
    try:
        said = meaning("SELECT upper(a) FROM public.t")
        assert isinstance(said, Refused)
        assert "lacks code of the target around the function upper" in said.why
        assert meaning("SELECT lower(a) FROM public.t").allowed
    finally:
        meaning.close()
        target.close()
        server.drop(f"{database.name}_copy")


def test_a_copy_that_cannot_be_made_refuses(case: Case) -> None:
    def broken() -> Database:
        raise ScratchError("pg_dump could not read the target")

    said = Meaning(case.target, broken)("SELECT 1")
    assert isinstance(said, Refused)
    assert "pg_dump could not read the target" in said.why


def test_a_generated_column_is_run_when_it_is_read(database: Database, server: Server) -> None:
    if database.version < 180000:
        pytest.skip("only PostgreSQL 18 generates columns on reading")
    database.script("CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL); CREATE VIEW v AS TABLE t")
    database.script(
        "CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';"
        "CREATE TABLE written (a int, b int GENERATED ALWAYS AS (twice(a)) STORED); SET search_path = pg_catalog"
    )
    model = Model(database, inventory.code(database))
    assert model.meant("SELECT b FROM public.v") is None
    assert model.meant("SELECT b FROM public.written") is None
    # The server itself takes no user's function into a virtual column; an operator or a type brings one along.
    database.script(
        "UPDATE pg_attrdef SET adbin = (SELECT adbin FROM pg_attrdef WHERE adrelid = 'public.written'::regclass)"
        " WHERE adrelid = 'public.t'::regclass"
    )
    database.script(
        "CREATE OR REPLACE FUNCTION public.twice(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END'"
    )
    said = Model(database, inventory.code(database)).meant("SELECT b FROM public.v")
    assert said
    assert "twice" in said.why


def test_trees_are_read_whole() -> None:
    (query,) = nodes.parse(r"({QUERY :resname :funcid :list ({VAR :varno 1} (o 12 13)) :name a\ b :value 4 [ 1 0 ]})")
    assert [field for field, _ in query.fields] == ["resname", "funcid", "list", "name", "value"]
    assert (query.words("list"), query.words("name")) == (["o", "12", "13"], [r"a\ b"])
    assert [node.kind for node in nodes.every([query])] == ["QUERY", "VAR"]
    for broken in ("(", "({QUERY :a)", "}", "{QUERY x}"):
        with pytest.raises(ValueError, match="the tree|a node"):
            nodes.parse(broken)


EXPLAINS = {
    "EXPLAIN SELECT 1": "SELECT 1",
    "explain (analyze, format json) select 1": "select 1",
    "EXPLAIN ANALYZE VERBOSE (SELECT 1)": "(SELECT 1)",
    "EXPLAIN ((SELECT 1))": "((SELECT 1))",
    "/*x*/EXPLAIN /*y*/ (VERBOSE) -- é\n (with x as (select 'é') table x)": "(with x as (select 'é') table x)",
}


@pytest.mark.parametrize("sql", EXPLAINS)
def test_the_statement_behind_explain(sql: str) -> None:
    assert guard.check(sql, analyze=True).allowed
    assert explained(sql) == EXPLAINS[sql]


def test_an_older_target_is_looked_at_on_a_newer_copy(
    old_server: Server, old_database: Database, server: Server
) -> None:
    old_database.script(
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT a FROM t; CREATE FUNCTION own() RETURNS int LANGUAGE plpgsql "
        "AS 'BEGIN RETURN 1; END'; CREATE VIEW w AS SELECT own() FROM t; CREATE EXTENSION hstore"
    )
    target = Target.open(old_server.conninfo(old_database.name), trust_role=True)
    meaning = meaning_of(target, server, "copy_of_older")
    try:
        assert meaning("SELECT * FROM public.v").allowed
        assert "own()" in str(meaning("SELECT * FROM public.w"))
    finally:
        meaning.close()
        target.close()
        server.drop("copy_of_older")
