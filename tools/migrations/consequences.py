"""What a change brings about that no test in scratch can show, so that a person has to decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dbengineer.tools.facts import Recommendation

GRANTS = {"grant_stmt", "grant_role_stmt", "alter_default_privileges_stmt"}
ROLES = {"alter_role_stmt", "alter_role_set_stmt", "drop_role_stmt", "alter_owner_stmt"}
ALTERATIONS = {
    "AT_DropColumn": "drops a column and what is in it",
    "AT_AlterColumnType": "changes a column's type: every row is written again and the application sees another type",
    "AT_ChangeOwner": "changes the owner",
    "AT_EnableRowSecurity": "rows may become invisible to roles that see them now",
    "AT_ForceRowSecurity": "rows may become invisible to roles that see them now",
    "AT_SetUnLogged": "the table's rows are lost in a crash",
}


def of(recommendation: Recommendation) -> list[str]:
    """The consequences of a recommendation in words; empty where proof in scratch is all there is to know."""
    if recommendation.kind == "query":
        return ["the application's text has to change"]
    if recommendation.kind == "plan" or not recommendation.sql:
        return []
    import postgast

    statements = [raw.stmt for raw in postgast.parse(recommendation.sql).stmts]
    return list(dict.fromkeys(c for statement in statements for c in _consequences(statement)))


def _consequences(statement: Any) -> Iterator[str]:
    kind = statement.WhichOneof("node")
    if kind == "drop_stmt":
        yield from _dropped(statement.drop_stmt)
    elif kind == "alter_table_stmt":
        yield from _altered(statement.alter_table_stmt)
    elif kind == "rename_stmt":
        yield "renames something that the application may name"
    elif kind in GRANTS:
        yield "changes who may do what: something may lose the access it uses"
    elif kind in ROLES:
        yield "changes a role of the whole cluster"
    elif kind == "alter_system_stmt":
        yield "changes a setting of the whole server"
    elif kind in ("truncate_stmt", "delete_stmt", "update_stmt"):
        yield "changes or removes rows"


def _dropped(statement: Any) -> Iterator[str]:
    from postgast import pg_query_pb2

    if pg_query_pb2.ObjectType.Name(statement.remove_type) == "OBJECT_INDEX":
        yield "something outside the statements seen may still use the index (replicas, yearly jobs)"
    else:
        yield "drops something for good"


def _altered(statement: Any) -> Iterator[str]:
    from postgast import pg_query_pb2

    for command in statement.cmds:
        name = pg_query_pb2.AlterTableType.Name(command.alter_table_cmd.subtype)
        if name in ALTERATIONS:
            yield ALTERATIONS[name]
