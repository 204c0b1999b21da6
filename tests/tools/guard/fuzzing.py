"""Mutates attacks and reads, and runs what the guard lets through: `python -m tests.tools.guard.fuzzing 200000`."""

from __future__ import annotations

import logging
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import postgast
import psycopg
import sqlglot
from tests.tools.guard.effects import Watch, differs

from dbengineer.tools.guard import check
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

HERE = Path(__file__).parent
SHOP = """
CREATE SCHEMA shop;
CREATE TABLE shop.orders (id int, region text, total numeric, placed_at timestamptz, paid boolean,
  payload jsonb, x int);
CREATE TABLE shop.lines (id int, line jsonb, tags int[], name text);
CREATE TABLE shop.parts (id int, parent int, name text);
CREATE TABLE shop.refunds (total numeric);
INSERT INTO shop.orders SELECT n, 'r' || n % 3, n, now(), n % 2 = 0, '{}', n FROM generate_series(1, 20) n;
INSERT INTO shop.lines SELECT n, '{}', ARRAY[n], 'n' FROM generate_series(1, 5) n;
INSERT INTO shop.parts VALUES (1, NULL, 'a'), (2, 1, 'b');
CREATE SEQUENCE shop.orders_id_seq;
CREATE FUNCTION shop.purge() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
  'WITH gone AS (DELETE FROM shop.orders RETURNING 1) SELECT count(*) FROM gone';
CREATE EXTENSION pg_trgm SCHEMA public;
SELECT lo_from_bytea(4242, 'kept');
"""
# Calls whose effects can be seen, to be put where a read has something else.
CALLS = """
shop.purge() | nextval('shop.orders_id_seq') | setval('shop.orders_id_seq', 9) | pg_notify('leak', 'x') | lo_create(0)
lo_unlink(4242) | lo_put(4242, 0, 'x') | pg_advisory_lock(1) | pg_try_advisory_lock_shared(1, 2) | txid_current()
set_config('work_mem', '1MB', false) | pg_logical_emit_message(true, 'a', 'b') | pg_current_xact_id()
pg_create_restore_point('x') | pg_switch_wal() | pg_stat_reset() | pg_export_snapshot() | setseed(0.1)
pg_reload_conf()
query_to_xml('DELETE FROM shop.orders RETURNING 1', true, false, '') | pg_sleep(0) | pg_rotate_logfile()
ts_rewrite('a', 'SELECT 1') | lo_from_bytea(0, 'x')
pg_create_physical_replication_slot('x') | pg_import_system_collations('shop')
"""
WORDS = """
; , ( ) . * = :: AS FROM WHERE SELECT WITH INTO FOR UPDATE UNION VALUES TABLE LATERAL OPERATOR(pg_catalog.=) pg_sleep
pg_catalog public shop orders NULL 1 'x' $1 $$x$$ E'\\\\x' U&"\\0061" /* */ -- nextval set_config lo_create purge
RETURNING DELETE INSERT EXPLAIN ANALYZE COPY TO PROGRAM DO SET LOCAL RESET COMMIT BEGIN ROLLBACK NOTIFY
leak "pg_notify" CAST ROWS WITHIN GROUP FILTER OVER VARIADIC ARRAY[ ] { } % @ # ! ~ || \\ \x01 é
"""
EXPRESSIONS = (sqlglot.exp.Condition, sqlglot.exp.Subquery, sqlglot.exp.Alias)


class Tally(NamedTuple):
    """What a run of the fuzzer has come to; `harm` holds statements that were let through and did something."""

    mutants: int
    allowed: int
    executed: int
    answered: int
    harm: tuple[str, ...]


class Fuzzer:
    """Makes mutants of statements; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        attacks = (HERE / "attacks.sql").read_text().splitlines()
        reads = (HERE / "reads.sql").read_text().splitlines()
        self.calls = [call.strip() for call in CALLS.replace("\n", "|").split("|") if call.strip()]
        self.statements = [s for s in [*attacks, *reads, *reads] if s.strip()]
        self.pieces = [pieces(s) for s in self.statements]
        self.words = WORDS.split()
        logging.getLogger("sqlglot").setLevel(logging.ERROR)
        self.trees = [tree for s in (*reads, *attacks) if s.strip() and (tree := parsed(s)) is not None]
        self.donors = [slot for call in self.calls for slot in slots(parsed(f"SELECT {call}"))]
        self.donors += [slot for tree in self.trees for slot in slots(tree)]

    def mutant(self) -> str:
        """One statement, mutated in its tokens or in its tree."""
        if self.chance.random() < 0.4:
            return self._grafted()
        tokens = list(self.chance.choice(self.pieces))
        for _ in range(self.chance.choice((1, 1, 1, 2, 2, 3, 5))):
            self.chance.choice(MUTATIONS)(self, tokens)
        return self.chance.choice((" ", " ", " ", "", "\n", "/**/")).join(tokens)

    def _grafted(self) -> str:
        """Puts a piece of one tree into another, and writes the statement again."""
        tree = self.chance.choice(self.trees).copy()
        for _ in range(self.chance.choice((1, 1, 2, 3))):
            places = slots(tree)
            if places:
                self.chance.choice(places).replace(self.chance.choice(self.donors).copy())
        try:
            return str(tree.sql(dialect="postgres", comments=False))
        except sqlglot.errors.SqlglotError:
            return "SELECT 1"

    def drop(self, tokens: list[str]) -> None:
        """Leaves a token out."""
        if tokens:
            del tokens[self.chance.randrange(len(tokens))]

    def put(self, tokens: list[str]) -> None:
        """Puts a word in."""
        tokens.insert(self.chance.randint(0, len(tokens)), self.chance.choice(self.words))

    def call(self, tokens: list[str]) -> None:
        """Puts a harmful call in place of a token."""
        if tokens:
            tokens[self.chance.randrange(len(tokens))] = self.chance.choice(self.calls)

    def swap(self, tokens: list[str]) -> None:
        """Exchanges two tokens."""
        if len(tokens) > 1:
            a, b = self.chance.sample(range(len(tokens)), 2)
            tokens[a], tokens[b] = tokens[b], tokens[a]

    def splice(self, tokens: list[str]) -> None:
        """Puts a run of tokens of another statement in."""
        other = self.chance.choice(self.pieces)
        start = self.chance.randrange(len(other))
        place = self.chance.randint(0, len(tokens))
        tokens[place:place] = other[start : start + self.chance.randint(1, 6)]

    def disguise(self, tokens: list[str]) -> None:
        """Writes a token in another way."""
        if tokens:
            place = self.chance.randrange(len(tokens))
            word = tokens[place]
            ways = (
                word.upper(),
                f'"{word}"',
                f"({word})",
                f"{word}::text",
                f"/*x*/{word}",
                f"pg_catalog.{word}",
                word[::-1],
            )
            tokens[place] = self.chance.choice(ways)


MUTATIONS: tuple[Callable[[Fuzzer, list[str]], None], ...] = (
    Fuzzer.drop,
    Fuzzer.put,
    Fuzzer.call,
    Fuzzer.swap,
    Fuzzer.splice,
    Fuzzer.disguise,
)


def pieces(sql: str) -> list[str]:
    """The tokens of a statement as they are written."""
    text = sql.encode()
    try:
        return [text[token.start : token.end].decode() for token in postgast.scan(sql).tokens] or [sql]
    except postgast.PgQueryError:
        return sql.split()


def parsed(sql: str) -> Any:
    """A tree of a statement that can be written again, None where it has none.

    It is sqlglot's, since the tree that the guard uses kills the process where a piece does not fit its place.
    """
    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except sqlglot.errors.SqlglotError:
        return None
    return None if isinstance(tree, sqlglot.exp.Command) else tree


def slots(tree: Any) -> list[Any]:
    """The places in a tree where an expression is."""
    return [node for node in tree.walk() if isinstance(node, EXPRESSIONS) and node.parent is not None]


class Executor:
    """Runs statements as a superuser with nothing to hold them back, and sees whether one has done something."""

    def __init__(self, server: Server, database: Database) -> None:
        self.watch = Watch(server, database)
        self.connection = psycopg.connect(
            database.conninfo, autocommit=True, prepare_threshold=None, options="-c search_path=pg_catalog"
        )
        self.connection.execute("SET statement_timeout = '40ms'")
        self.before = self._look()

    def harm(self, statements: list[str]) -> tuple[int, list[str]]:
        """How many statements answered, and which have done something."""
        answered = sum(map(self._run, statements))
        if not self._changed():
            return answered, []
        if len(statements) == 1:
            return answered, statements
        half = len(statements) // 2
        parts = [self.harm(part)[1] for part in (statements[:half], statements[half:])]
        return answered, [*parts[0], *parts[1]] or [f"together: {statements}"]

    def _run(self, sql: str) -> bool:
        try:
            self.connection.execute(sql.encode(), binary=True)
            return True
        except (psycopg.Error, UnicodeError):
            return False

    def _changed(self) -> bool:
        now = self._look()
        changed = differs(self.before, now) + self.watch.heard()
        self.before = now
        return bool(changed)

    def _look(self) -> dict[str, str]:
        session = self.connection.execute(
            "SELECT concat(md5(string_agg(concat(name, setting), ' ' ORDER BY name) FILTER (WHERE name !~ '[.]')), "
            "(SELECT count(*) FROM pg_prepared_statements), pg_current_wal_insert_lsn() IS NULL) FROM pg_settings"
        ).fetchone()
        return self.watch.look() | {"session": str(session)}

    def close(self) -> None:
        """Leaves the server."""
        self.connection.close()
        self.watch.close()


def fuzz(executor: Executor, number: int, seed: int, *, sample: int, seconds: float = 1e9) -> Tally:
    """Makes mutants and executes a sample of those that the guard lets through."""
    fuzzer, ends = Fuzzer(seed), time.process_time() + seconds
    allowed: dict[str, None] = {}
    made = through = 0
    for sql in mutants(fuzzer, number):
        if time.process_time() > ends:
            break
        made += 1
        if check(sql, extensions=frozenset({"pg_trgm"}), analyze=True).allowed:
            through += 1
            allowed[sql] = None
    chosen = random.Random(seed).sample(list(allowed), min(sample, len(allowed)))
    answered, harm = 0, []
    for start in range(0, len(chosen), 100):
        more, found = executor.harm(chosen[start : start + 100])
        answered, harm = answered + more, harm + found
    return Tally(made, through, len(chosen), answered, tuple(harm))


def mutants(fuzzer: Fuzzer, number: int) -> Iterator[str]:
    """So many mutants."""
    return (fuzzer.mutant() for _ in range(number))


def main() -> None:
    """Fuzzes as many times as asked, at most five minutes of processor time, and tells what came of it."""
    with Server.start() as server:
        database = server.create("fuzzed")
        database.script(SHOP)
        executor = Executor(server, database)
        number, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
        began = time.process_time()
        tally = fuzz(executor, number, seed, sample=int(sys.argv[3]) if len(sys.argv) > 3 else 5_000, seconds=300)
        print(tally._replace(harm=tally.harm[:20]), f"{time.process_time() - began:.0f} s of CPU")
        executor.close()
        database.close()


if __name__ == "__main__":
    main()
