"""Migrations as a small Alembic project that runs as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dbengineer.tools.migrations import statements
from dbengineer.tools.scratch.database import quoted

if TYPE_CHECKING:
    from dbengineer.tools.migrations.draft import Unit

INI = """[alembic]
script_location = %(here)s
path_separator = os

[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys = plain

[logger_root]
level = WARNING
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain

[formatter_plain]
format = %(levelname)s %(message)s
"""

ENV = '''"""Connects to the database of DATABASE_URL, any libpq connection string, and runs the revisions one by one."""

import os

import psycopg
from alembic import context
from sqlalchemy import create_engine, pool

SETTINGS = {"version_table": "dbengineer_version", "transaction_per_migration": True}


def connect():
    return psycopg.connect(os.environ["DATABASE_URL"])


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", **SETTINGS)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **SETTINGS)
        with context.begin_transaction():
            context.run_migrations()
'''

MAKO = '''"""${message}"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade():
    ${upgrades if upgrades else "pass"}


def downgrade():
    ${downgrades if downgrades else "pass"}
'''

RUN = '''

def run(sql):
    """Runs SQL as it is written: neither a colon nor a percent sign in it makes a parameter."""
    if op.get_context().as_sql:
        op.get_context().impl.static_output(sql + ";")
    else:
        op.get_bind().exec_driver_sql(sql, execution_options={"no_parameters": True})

'''

INDEX = '''
def index_is(name, state):
    """Whether an index is there and "valid" or "invalid"; an unfinished concurrent build leaves an invalid one."""
    if op.get_context().as_sql:
        return state == "valid"
    query = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"
    found = op.get_bind().exec_driver_sql(query, (name,)).scalar()
    return found is not None and found == (state == "valid")

'''


def project(units: Sequence[Unit]) -> dict[str, str]:
    """The files of the project by path."""
    found = {"alembic.ini": INI, "env.py": ENV, "script.py.mako": MAKO}
    for unit, (_, text) in zip(units, revisions(units, None), strict=True):
        found[f"versions/{unit.name}.py"] = text
    return found


def revisions(units: Sequence[Unit], head: str | None) -> list[tuple[str, str]]:
    """The revisions, id and text of each, that come after the `head` of a project."""
    found = []
    for unit in units:
        revision = _revision(unit, head)
        found.append((revision, _file(unit, revision, head)))
        head = revision
    return found


def _revision(unit: Unit, previous: str | None) -> str:
    """An id that is the same for the same chain of changes."""
    text = "\n".join([previous or "", *unit.up, "--", *unit.down])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _file(unit: Unit, revision: str, previous: str | None) -> str:
    title = " ".join(unit.title.split()).replace("\\", "/").replace('"', "'")
    makes_index = any(statements.alone(s) and statements.index_name(s) for s in (*unit.up, *unit.down))
    note = _no_way_back(unit)
    return "\n".join(
        [
            f'"""{title}."""\n',
            "from alembic import op\n",
            f"revision = {revision!r}",
            f"down_revision = {previous!r}",
            "branch_labels = None",
            f"depends_on = None\n{RUN}{INDEX if makes_index else ''}",
            "def upgrade():",
            *_body(unit.up),
            "\n",
            "def downgrade():",
            *(_body(unit.down) or [f"    {note}"]),
            "",
        ]
    )


def _no_way_back(unit: Unit) -> str:
    if unit.undone_with:
        return f"pass  # revision {unit.undone_with:04d} takes this back too"
    return 'raise NotImplementedError("there is no way back from this revision")'


def _body(every: Sequence[str]) -> list[str]:
    lines: list[str] = []
    if any(not statements.alone(s) for s in every):
        lines.append("    run(\"SET LOCAL lock_timeout = '5s'\")")
    for statement in every:
        lines += _alone(statement) if statements.alone(statement) else [f"    run({literal(statement, 4)})"]
    return lines


def _alone(statement: str) -> list[str]:
    lines = ["    with op.get_context().autocommit_block():", '        run("SET lock_timeout = 0")']
    run = f"        run({literal(statement, 8)})"
    name = statements.index_name(statement)
    if not name:
        return [*lines, run]
    index = quoted(*(name if len(name) > 1 else ("public", *name)))
    return [
        *lines,
        f'        if index_is({index!r}, "invalid"):',
        f"            run({literal(f'DROP INDEX CONCURRENTLY {index}', 12)})",
        f'        if op.get_context().as_sql or not index_is({index!r}, "valid"):',
        f"            run({literal(statement, 12)})",
        f'        if not index_is({index!r}, "valid"):',
        f"            raise RuntimeError({f'the index {index} was not built'!r})",
    ]


def literal(sql: str, indent: int) -> str:
    """SQL as a Python literal: several lines as they are where that is safe."""
    if "\n" not in sql and '"' not in sql and "\\" not in sql:
        return f'"{sql}"'
    if '"""' in sql or "\\" in sql or sql.endswith('"') or "\r" in sql:
        return repr(sql)
    return f'"""{sql}"""'
