"""Accepted changes as migration files: one Alembic project, the same as Flyway scripts, and what is no migration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from dbengineer.tools.facts import Fact, Recommendation
from dbengineer.tools.migrations import alembic, flyway, statements

NOT_DRAFTED = ("query", "plan")


class Unit(Fact):
    """One migration: what one transaction, or one statement that runs outside of any, does; and its way back.

    `undone_with` is the number of the earlier unit whose way back takes this one back too.
    """

    number: int
    slug: str
    title: str
    why: str
    up: tuple[str, ...]
    down: tuple[str, ...]
    alone: bool
    undone_with: int | None = None

    @property
    def name(self) -> str:
        """The number and the slug, as file names have them."""
        return f"{self.number:04d}_{self.slug}"


def files(
    recommendations: Iterable[Recommendation], locks: Mapping[str, Sequence[str]] | None = None
) -> dict[str, str]:
    """The files of the report by path; `locks` says in words what each statement was seen to lock."""
    changes = [r for r in recommendations if r.sql.strip() and r.kind not in NOT_DRAFTED]
    settings = [r for r in changes if r.kind == "setting"]
    cluster = [r for r in changes if r not in settings and _cluster_wide(r)]
    upkeep = [r for r in changes if statements.maintains(r.sql)]
    units = units_of([r for r in changes if r not in settings and r not in cluster and r not in upkeep])
    found = {"migrations/README.md": readme(units, settings, cluster, locks or {})}
    found |= {f"migrations/alembic/{path}": text for path, text in alembic.project(units).items()}
    found |= {f"migrations/flyway/{path}": text for path, text in flyway.scripts(units).items()}
    if upkeep:
        lines = [f"-- {comment(r.title)}\n{_script(r.sql)}" for r in upkeep]
        found["migrations/maintenance.sql"] = "-- Maintenance is no migration: run it in a quiet hour.\n" + "".join(
            lines
        )
    found |= _outside("settings", settings, "Settings are not part of a schema: a person runs this on the server.")
    found |= _outside(
        "access", cluster, "Roles belong to the whole cluster: a person runs this, once for all databases."
    )
    return found


def waiting(recommendation: Recommendation) -> str:
    """A change that waits for a person, as one SQL file with its way back as a comment."""
    r = recommendation
    released = f"Released by: dbengineer approve REPORT {r.id} --url URL"
    head = [r.title, r.why, f"Change {r.id}, sha256 {r.sha256}", released]
    back = ["Way back:", *_script(r.undo).splitlines()] if r.undo else ["There is no way back."]
    return _commented(head) + "\n" + _script(r.sql) + "\n" + _commented(back)


def _commented(lines: Iterable[str]) -> str:
    return "".join(f"-- {comment(line)}\n" for line in lines)


def units_of(recommendations: Sequence[Recommendation]) -> list[Unit]:
    """Changes cut into migrations: one table a transaction, one statement a migration where no transaction may be."""
    units: list[Unit] = []
    for recommendation in recommendations:
        parts = list(_parts(statements.split(recommendation.sql)))
        downs = _ways_back(parts, statements.split(recommendation.undo))
        first = len(units) + 1
        for part, down in zip(parts, downs, strict=True):
            units.append(
                Unit(
                    number=len(units) + 1,
                    slug=slug(recommendation.title),
                    title=recommendation.title,
                    why=recommendation.why,
                    up=tuple(part),
                    down=tuple(down),
                    alone=statements.alone(part[0]),
                    undone_with=first if not down and len(units) + 1 > first else None,
                )
            )
    return units


def slug(title: str) -> str:
    """A title as a part of a file name."""
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:40].strip("_") or "change"


def _parts(every: list[str]) -> Iterable[list[str]]:
    """Statements that may share a transaction: those of one table, a VALIDATE never with what it validates."""
    part: list[str] = []
    for statement in every:
        apart = bool(part) and (
            statements.alone(statement)
            or statements.alone(part[0])
            or statements.validates(statement)
            or _subject(statement) not in ("", _subject(part[0]))
        )
        if apart:
            yield part
            part = []
        part.append(statement)
    if part:
        yield part


def _subject(statement: str) -> str:
    return next((".".join(name) for name in statements.tables(statement)), "")


def _ways_back(parts: list[list[str]], undo: list[str]) -> list[list[str]]:
    """Each migration its own way back where the statements pair up; else the first one takes all of it back."""
    if len(undo) == sum(len(part) for part in parts):
        rest = list(reversed(undo))
        downs = []
        for part in parts:
            downs.append(list(reversed(rest[: len(part)])))
            rest = rest[len(part) :]
        return downs
    return [undo, *([] for _ in parts[1:])] if parts else []


def _cluster_wide(recommendation: Recommendation) -> bool:
    return any(statements.kind(s) in statements.CLUSTER_WIDE for s in statements.split(recommendation.sql))


def _outside(name: str, recommendations: list[Recommendation], note: str) -> dict[str, str]:
    if not recommendations:
        return {}
    up = [f"-- {note}\n"] + [f"-- {comment(r.title)}\n{_script(r.sql)}" for r in recommendations]
    down = [f"-- The way back from {name}.sql.\n"]
    down += [f"-- {comment(r.title)}\n{_script(r.undo)}" for r in reversed(recommendations)]
    return {f"migrations/{name}.sql": "\n".join(up), f"migrations/{name}_undo.sql": "\n".join(down)}


def _script(sql: str) -> str:
    return "".join(f"{s};\n" for s in statements.split(sql)) or "-- there is none\n"


def comment(text: str) -> str:
    """A text as one line, so that nothing of it can end a comment."""
    return " ".join(text.split())


README = """# Migrations

The same changes twice: as an Alembic project and as Flyway scripts. Use one of the two. Nothing here was applied to
your database; each change was tried on a copy of it.

## In this order

| no. | change | in a transaction | locks seen when it was rehearsed | way back |
|---|---|---|---|---|
{rows}
{outside}
## Alembic

    cd alembic
    DATABASE_URL='host=… dbname=…' alembic upgrade head     # one revision: alembic upgrade +1
    DATABASE_URL='host=… dbname=…' alembic downgrade base   # the way back

`DATABASE_URL` is any libpq connection string. Each revision commits on its own. To use the revisions in a project of
your own, copy them into its `versions/` and set the `down_revision` of the first to your head. The table
`dbengineer_version` keeps what was applied.

## Flyway

    flyway -locations=filesystem:flyway -configFiles=flyway/flyway.conf migrate

- `flyway.postgresql.transactional.lock=false` is needed: otherwise Flyway holds its own lock in an open transaction and
  `CREATE INDEX CONCURRENTLY` waits for it for ever. It is set in `flyway.conf`.
- Scripts that no transaction may hold have a `.conf` file with `executeInTransaction=false`.
- `flyway undo` is not in the Community edition: run a `U` file with psql, the highest number first, or copy it as the
  next `V` file.

## Locks and failures

- Statements that lock a table give up after 5 seconds of waiting (`lock_timeout`): run the migration again later. A
  waiting `ACCESS EXCLUSIVE` stops every query that comes after it.
- A `CREATE INDEX CONCURRENTLY` that fails leaves an INVALID index. The Alembic revision drops it and builds it anew
  when it is run again; with Flyway run `DROP INDEX CONCURRENTLY <name>`, then `flyway repair` and `migrate`.
- A way back that drops a column drops what was written into it since.
"""


def readme(
    units: list[Unit],
    settings: list[Recommendation],
    cluster: list[Recommendation],
    locks: Mapping[str, Sequence[str]],
) -> str:
    """The page that says in which order, under which locks and how to run them."""
    rows = "\n".join(_row(unit, locks) for unit in units) or "| | no change of the schema is needed | | | |"
    outside = ""
    if settings:
        outside += f"\n`settings.sql` ({len(settings)} changes) is no migration: it changes the server, by hand.\n"
    if cluster:
        outside += f"\n`access.sql` ({len(cluster)} changes) is no migration: roles belong to the whole cluster.\n"
    return README.format(rows=rows, outside=outside)


def _row(unit: Unit, locks: Mapping[str, Sequence[str]]) -> str:
    nothing = "none on a table" if all(s in locks for s in unit.up) else "not seen"
    seen = "; ".join(dict.fromkeys(lock for s in unit.up for lock in locks.get(s, ()))) or nothing
    back = "yes" if unit.down else (f"with {unit.undone_with}" if unit.undone_with else "none")
    title = comment(unit.title).replace("|", "/")
    return f"| {unit.number} | {title} | {'no' if unit.alone else 'yes'} | {seen} | {back} |"
