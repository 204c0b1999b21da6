"""Whether an expression has another value for each row, so that a column with it as default is written row by row."""

from __future__ import annotations

from typing import Any

from dbengineer.tools.migrations.linting import trees
from dbengineer.tools.migrations.linting.known import Known

# PostgreSQL's own functions that are volatile and make sense as a default, and those of its extensions for UUIDs.
VOLATILE = {
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "gen_salt",
    "lastval",
    "nextval",
    "random",
    "random_normal",
    "setval",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
}


def volatile(known: Known, expression: Any) -> str:
    """The function that makes it volatile; empty where it is not. A function that nobody knows counts as volatile."""
    from dbengineer.tools.guard.functions import functions

    for call in trees.find(expression, "FuncCall"):
        function = trees.named(trees.strings(call.funcname))
        said = known.functions.get(function)
        builtin = function in functions().pg_catalog
        if said == "volatile" or (said is None and (function in VOLATILE or not builtin)):
            return function
    return ""
