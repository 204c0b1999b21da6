"""A candidate: an index that does not exist, with the DDL that makes it and takes it away."""

from __future__ import annotations

import hashlib
import re

from dbengineer.tools.facts import Fact

MAX_NAME = 63


class Key(Fact):
    """One key of an index: a column's name as SQL, or an expression."""

    expression: str
    column: bool = True
    descending: bool = False
    nulls_first: bool = False
    opclass: str = ""

    @property
    def ddl(self) -> str:
        """The key as CREATE INDEX takes it."""
        parts = [self.expression if self.column else f"({self.expression})", self.opclass]
        parts += ["DESC"] if self.descending else []
        if self.nulls_first != self.descending:
            parts.append("NULLS FIRST" if self.nulls_first else "NULLS LAST")
        return " ".join(filter(None, parts))


class Candidate(Fact):
    """An index to try; `table` is qualified, `extension` has to be there first, `schema_name` is where it is made.

    That of a `partitioned` table is made in all its parts at once, which cannot be done CONCURRENTLY.
    """

    table: str
    keys: tuple[Key, ...]
    include: tuple[str, ...] = ()
    predicate: str = ""
    method: str = "btree"
    extension: str = ""
    partitioned: bool = False

    @property
    def body(self) -> str:
        """All of the definition that follows the index's name."""
        keys = ", ".join(key.ddl for key in self.keys)
        include = f" INCLUDE ({', '.join(self.include)})" if self.include else ""
        using = "" if self.method == "btree" else f" USING {self.method}"
        where = f" WHERE {self.predicate}" if self.predicate else ""
        return f"ON {self.table}{using} ({keys}){include}{where}"

    @property
    def name(self) -> str:
        """A name made of the table and the keys, the same in every run, at most 63 bytes long."""
        digest = hashlib.sha256(self.body.encode()).hexdigest()[:6]
        words = [self.table.rpartition(".")[2], *(key.expression for key in self.keys)]
        said = re.sub(r"[^a-z0-9]+", "_", "_".join(words).lower()).strip("_")
        return f"ix_{said[: MAX_NAME - 11].rstrip('_')}_{digest}"

    @property
    def schema_name(self) -> str:
        """The schema, quoted where it has to be: an index lives in that of its table."""
        return self.table.rpartition(".")[0]

    @property
    def qualified(self) -> str:
        """The name with its schema."""
        return f"{self.schema_name}.{self.name}"

    def create(self, *, concurrently: bool = True) -> str:
        """The DDL that makes it; CONCURRENTLY lets writers work meanwhile."""
        how = "CONCURRENTLY " if concurrently and not self.partitioned else ""
        return f"CREATE INDEX {how}{self.name} {self.body}"

    def sql(self) -> str:
        """All that has to be run to have it; only ANALYZE tells the planner what an expression holds."""
        extension = f"CREATE EXTENSION IF NOT EXISTS {self.extension};\n" if self.extension else ""
        analyze = "" if all(key.column for key in self.keys) else f"\nANALYZE {self.table};"
        return f"{extension}{self.create()};{analyze}"

    def undo(self) -> str:
        """What takes it away again, with the extension that was made for it unless something else uses that by then."""
        extension = f"\nDROP EXTENSION IF EXISTS {self.extension};" if self.extension else ""
        how = "" if self.partitioned else "CONCURRENTLY "
        return f"DROP INDEX {how}IF EXISTS {self.qualified};{extension}"

    def serves(self, other: Candidate) -> bool:
        """Whether it can do all that another one does: the same beginning of keys, and no row or column less."""
        same = self.table == other.table and self.method == other.method and self.predicate in ("", other.predicate)
        held = {key.expression for key in self.keys} | set(self.include)
        return same and self.keys[: len(other.keys)] == other.keys and held >= set(other.include)
