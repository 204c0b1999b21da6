"""One faulty tool does not end a review; without its database or its disk a review stops, to be gone on with."""

from __future__ import annotations

import psycopg
import pytest

from dbengineer.agent.faults import refusal
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.errors import ScratchError
from dbengineer.tools.target import RefusedSql, Unreachable
from dbengineer.tools.toolbox import ToolError


@pytest.mark.parametrize(
    "error", [ToolError("no such tool"), RefusedSql("it writes"), ScratchError("it died"), PermissionError("no rows")]
)
def test_what_we_refuse_ourselves_is_said_in_our_words(error: Exception) -> None:
    assert refusal(error) == str(error)


def test_what_postgresql_refuses_is_said_in_its_first_line(database: Database) -> None:
    with pytest.raises(psycopg.Error) as refused:
        database.query("SELECT FROM nothing")
    assert refusal(refused.value) == 'PostgreSQL refused: relation "nothing" does not exist'


def test_the_text_of_an_unforeseen_error_is_not_repeated() -> None:
    try:
        raise KeyError("hunter2")
    except KeyError as error:
        said = refusal(error)
    assert ("KeyError" in said, "hunter2" in said, "report it" in said) == (True, False, True)


@pytest.mark.parametrize("error", [Unreachable("it is gone"), OSError(28, "No space left on device")])
def test_without_database_or_disk_the_run_stops(error: Exception) -> None:
    with pytest.raises(type(error)):
        refusal(error)
