"""A dump restored piece by piece."""

from __future__ import annotations

from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.restoring import Piece, restore

TABLE = "CREATE TABLE {0} (id int, name text); ALTER TABLE {0} ALTER COLUMN id SET (of_another_server=1); {1}"


def test_an_option_that_is_unknown_here_is_one_note_and_no_lost_table(database: Database) -> None:
    dumped = [Piece(kind="TABLE", name=f"public.{n}", sql=TABLE.format(f"public.{n}", "")) for n in ("a", "b", "c")]
    notes = restore(database, dumped)
    assert notes == ('an option of tables or columns was left out: unrecognized parameter "of_another_server"',)
    assert database.query("SELECT count(*) AS n FROM pg_tables WHERE schemaname = 'public'") == [{"n": 3}]


def test_what_really_fails_is_named_with_its_object(database: Database) -> None:
    sql = TABLE.format("public.a", "ALTER TABLE public.a ADD FOREIGN KEY (id) REFERENCES public.nowhere")
    notes = restore(database, [Piece(kind="TABLE", name="public.a", sql=sql)])
    assert 'table public.a could not be restored: relation "public.nowhere" does not exist' in notes
