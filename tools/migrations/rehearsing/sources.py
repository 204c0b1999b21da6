"""What was given to rehearse: an SQL file, Flyway scripts, or a folder of either, as migrations in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import statements
from dbengineer.tools.migrations.rehearsing.scripts import BadMigration, Block, Migration, blocks

FLYWAY = re.compile(r"^(?P<kind>[VURB])(?P<version>[0-9][0-9._]*)?__(?P<what>.+)\.sql$")
WAY_BACK = re.compile(r"^(?P<stem>.+?)(\.down|_down|_undo|\.undo|_rollback)\.sql$", re.I)
SECTIONS = re.compile(r"^-- *(?:\+goose|migrate:) *(?P<way>up|down)\b.*$", re.I | re.M)
PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
MOST = 50


class Source(Fact):
    """Migrations to rehearse in order, and those before them that have to be there already."""

    migrations: tuple[Migration, ...]
    earlier: tuple[Migration, ...] = ()
    flyway: bool = False


def read(paths: Sequence[Path], down: Path | None = None) -> Source:
    """The migrations of files or of one folder; raises BadMigration.

    Of a folder without the history of a database only the last one is new: all others come before it.
    """
    for path in paths:
        if not path.exists():
            raise BadMigration(f"there is no {path}; give an SQL file, a folder of migrations, or an alembic.ini")
    if len(paths) == 1 and paths[0].is_dir():
        return _folder(paths[0])
    if any(path.is_dir() for path in paths):
        raise BadMigration("give one folder, or files; not both")
    if len(paths) > MOST:
        raise BadMigration(f"{len(paths)} files are too many for one rehearsal; give at most {MOST} at once")
    if down and len(paths) > 1:
        raise BadMigration("--down is the way back of one file; give that file alone")
    given = [p for p in paths if not _is_way_back(p)] or list(paths)
    earlier = _before(given[0]) if len(given) == 1 else ()
    found = tuple(_migration(path, down) for path in given)
    return Source(migrations=found, earlier=earlier, flyway=_is_flyway(given[0]))


def _is_flyway(path: Path) -> bool:
    return FLYWAY.match(path.name) is not None


def _is_way_back(path: Path) -> bool:
    match = FLYWAY.match(path.name)
    return match["kind"] == "U" if match else WAY_BACK.match(path.name) is not None


def _folder(folder: Path) -> Source:
    ordered = _ordered(folder)
    if not ordered:
        raise BadMigration(f"there is no migration in {folder}; it holds no .sql file that goes up")
    every = tuple(_migration(path, None) for path in ordered)
    return Source(migrations=every[-1:], earlier=every[:-1], flyway=_is_flyway(ordered[0]))


def _before(path: Path) -> tuple[Migration, ...]:
    """What comes before a file in its folder; a lone file that no runner numbers has nothing before it."""
    if not re.match(r"^[VRB]?\d|^R__", path.name):
        return ()
    ordered = _ordered(path.parent)
    return tuple(_migration(p, None) for p in ordered[: ordered.index(path)]) if path in ordered else ()


def _ordered(folder: Path) -> list[Path]:
    """The files that go up, as their runner sorts them; Flyway's baseline stands for all versions up to its own."""
    found = [p for p in folder.rglob("*.sql") if p.is_file()]
    flyway = [p for p in found if _is_flyway(p)]
    if not flyway:
        return sorted((p for p in found if not _is_way_back(p)), key=lambda p: _natural(p.name))
    up = [p for p in flyway if not _is_way_back(p)]
    twins = [p.name for p in up if sum(_version(q) == _version(p) and q.name[0] == p.name[0] == "V" for q in up) > 1]
    if twins:
        raise BadMigration(f"{folder} has more than one script of a version: {', '.join(sorted(twins))}; number anew")
    bases = sorted(p for p in up if p.name.startswith("B"))
    start = max((_version(p) for p in bases), default=())
    kept = [p for p in up if p.name.startswith("V") and _version(p) > start]
    repeatable = sorted((p for p in up if p.name.startswith("R")), key=lambda p: p.name)
    return [p for p in bases if _version(p) == start] + sorted(kept, key=_version) + repeatable


def _version(path: Path) -> tuple[int, ...]:
    match = FLYWAY.match(path.name)
    return tuple(int(n) for n in re.split(r"[._]", (match["version"] or "").strip("._")) if n) if match else ()


def version(name: str) -> tuple[int, ...]:
    """The version of a Flyway script's name as numbers, to compare; empty for what has none."""
    return _version(Path(name))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def text(path: Path) -> str:
    """The text of a file; raises BadMigration where it is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadMigration(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None


def _migration(path: Path, down: Path | None) -> Migration:
    if _is_flyway(path):
        return _flyway(path, down)
    up, back = _sections(text(path))
    other = down or _way_back(path)
    back = text(other) if other else back
    return Migration(
        name=path.name,
        up=blocks(up, path.name, wrapped=False),
        down=blocks(back, other.name if other else path.name, wrapped=False),
    )


def _sections(sql: str) -> tuple[str, str]:
    """The two ways of a file that holds both, as dbmate and goose mark them."""
    marks = list(SECTIONS.finditer(sql))
    if not marks:
        return sql, ""
    ends = [m.start() for m in marks[1:]] + [len(sql)]
    parts = {m["way"].lower(): sql[m.end() : end] for m, end in zip(marks, ends, strict=True)}
    return parts.get("up", ""), parts.get("down", "")


def _way_back(path: Path) -> Path | None:
    stem = path.name.removesuffix(".sql").removesuffix(".up").removesuffix("_up")
    for other in path.parent.glob("*.sql"):
        match = WAY_BACK.match(other.name)
        if match and match["stem"] == stem:
            return other
    return None


def _flyway(path: Path, down: Path | None) -> Migration:
    settings = _settings(path.parent)
    undo = down or next((p for p in path.parent.glob("U*.sql") if _version(p) == _version(path) != ()), None)
    traps = []
    up = _script(path, settings)
    concurrent = [s for block in up for s in block.statements if _concurrent(s)]
    if concurrent and settings.get("flyway.postgresql.transactional.lock", "true").lower() != "false":
        traps.append(
            "Flyway holds its advisory lock in an open transaction, and CONCURRENTLY waits for it for ever: set "
            "flyway.postgresql.transactional.lock=false in flyway.conf"
        )
    if "executeInTransaction" not in _properties(path.with_name(path.name + ".conf")):
        traps += _mixed(up, settings)
    return Migration(name=path.name, up=up, down=_script(undo, settings) if undo else (), traps=tuple(traps))


def _script(path: Path, settings: dict[str, str]) -> tuple[Block, ...]:
    """The transactions that Flyway makes of a script: one for all of it, unless it or its .conf says otherwise."""
    own = _properties(path.with_name(path.name + ".conf"))
    sql = text(path)
    replaced = own.get("placeholderReplacement", settings.get("flyway.placeholderReplacement", "true"))
    if replaced.lower() != "false":
        sql = PLACEHOLDER.sub(lambda found: _value(found[1], settings, path), sql)
    inside = own.get("executeInTransaction", settings.get("flyway.executeInTransaction", "true")).lower() != "false"
    found = blocks(sql, path.name, wrapped=False)
    if not inside or any(_known_alone(s) for block in found for s in block.statements):
        return found
    return blocks(sql, path.name, wrapped=True)


def _value(name: str, settings: dict[str, str], path: Path) -> str:
    value = settings.get(f"flyway.placeholders.{name}")
    if value is None:
        raise BadMigration(
            f"{path.name}: the placeholder ${{{name}}} has no value; set flyway.placeholders.{name} in flyway.conf, or "
            "placeholderReplacement=false in the script's .conf"
        )
    return value


def _known_alone(statement: str) -> bool:
    """Whether Flyway itself sees that a statement needs no transaction; of REINDEX and DETACH CONCURRENTLY it does not.

    Source: PostgreSQLParser of Flyway.
    """
    kind, _ = statements.node(statement)
    return statements.alone(statement) and kind not in ("reindex_stmt", "alter_table_stmt", "do_stmt")


def _concurrent(statement: str) -> bool:
    kind, _ = statements.node(statement)
    return statements.alone(statement) and kind in ("index_stmt", "drop_stmt", "reindex_stmt", "alter_table_stmt")


def _mixed(up: tuple[Block, ...], settings: dict[str, str]) -> list[str]:
    every = [s for block in up for s in block.statements]
    alone = [s for s in every if _known_alone(s)]
    if alone and len(alone) < len(every) and settings.get("flyway.mixed", "false").lower() != "true":
        return [
            "Flyway refuses a script in which only some statements can run in a transaction: give each CONCURRENTLY "
            "a script of its own, or set flyway.mixed=true"
        ]
    return []


def _settings(folder: Path) -> dict[str, str]:
    """What flyway.conf and flyway.toml beside the scripts, or a few folders above, say."""
    found: dict[str, str] = {}
    for place in [*list(folder.resolve().parents)[:3][::-1], folder]:
        for path in (place / "flyway.conf", place / "conf" / "flyway.conf"):
            found |= _properties(path)
        found |= _toml(place / "flyway.toml")
    return found


def _properties(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    lines = (line.strip() for line in text(path).splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _toml(path: Path) -> dict[str, str]:
    import tomllib

    if not path.is_file():
        return {}

    def flat(prefix: str, value: object) -> dict[str, str]:
        if isinstance(value, dict):
            return {k: v for key, inner in value.items() for k, v in flat(f"{prefix}.{key}", inner).items()}
        return {prefix: str(value)}

    try:
        return flat("flyway", tomllib.loads(text(path)).get("flyway", {}))
    except tomllib.TOMLDecodeError as error:
        raise BadMigration(f"{path} cannot be read ({error})") from None
