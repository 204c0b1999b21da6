"""What is known of a schema: tables with their columns, constraints, indexes and sizes, types, functions, views.

It is filled by walking the SQL of a schema (`applying`), and follows a migration statement by statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dbengineer.tools.migrations.linting.trees import Type

# A schema that comes as SQL is a model in small of a real one: this many rows stand for a table that takes long.
BIG_IN_A_MODEL = 2_000
# In a real database, work on fewer rows is over before anybody notices.
BIG = 10_000


@dataclass
class Column:
    """A column; `filled` is false where it was added without a value for the rows that were there."""

    name: str
    type: Type | None = None
    not_null: bool = False
    filled: bool = True
    generated: str = ""
    new: bool = False


@dataclass
class Constraint:
    """A constraint; `kind` as in `trees.constraint_kind`, `tree` is the condition of a CHECK."""

    name: str
    kind: str
    columns: tuple[str, ...]
    valid: bool = True
    tree: Any = None
    references: str = ""
    new: bool = False


@dataclass
class Index:
    """An index; `uses` are all columns it depends on, `plain` whether it is over nothing but columns."""

    name: str
    table: str
    keys: tuple[str, ...]
    uses: frozenset[str]
    plain: bool = True
    unique: bool = False
    new: bool = False


@dataclass
class Table:
    """A table, view or materialized view; `rows` is None where nobody knows, `new` where the migration made it.

    `partial`: nothing is known of it but what the migration says.
    """

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)
    rows: int | None = 0
    kind: str = "table"
    new: bool = False
    parent: str = ""
    is_default: bool = False
    partitioned: bool = False
    policies: int = 0
    partial: bool = False
    reads: frozenset[str] = frozenset()
    reads_columns: frozenset[str] = frozenset()

    def proves_not_null(self, column: str) -> bool:
        """Whether a valid constraint already says that the column is not null."""
        from dbengineer.tools.migrations.linting import trees

        if column in self.columns and self.columns[column].not_null:
            return True
        checks = [c.tree for c in self.constraints if c.kind == "CHECK" and c.valid and c.tree is not None]
        return any(column in trees.not_null_columns(tree) for tree in checks)

    def constraint(self, name: str) -> Constraint | None:
        """The constraint of that name, if there is one."""
        return next((c for c in self.constraints if c.name == name), None)


@dataclass
class Domain:
    """A domain over a base type; `constrained` where every value has to be looked at."""

    base: Type
    constrained: bool = False


@dataclass
class Known:
    """A schema as far as it is known; `complete` where what is not in it is not there.

    Once it is `migrating`, what is made is new: no client uses it yet.
    """

    complete: bool = False
    migrating: bool = False
    big: int = BIG_IN_A_MODEL
    version: int = 18
    utc: bool = False
    tables: dict[str, Table] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    enums: set[str] = field(default_factory=set)
    extensions: set[str] = field(default_factory=set)
    schemas: set[str] = field(default_factory=set)
    functions: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    sequences: set[str] = field(default_factory=set)

    def exists(self, name: str) -> bool:
        """Whether clients may already use it: it was there before the migration, or may have been."""
        table = self.tables.get(name)
        return not table.new if table else True

    def large(self, name: str) -> bool:
        """Whether work on every row of it takes long enough to be felt; what is not known may be large."""
        table = self.tables.get(name)
        if table is None:
            return not self.complete
        if table.new:
            return False
        if table.partitioned and any(self.large(p.name) for p in self.partitions(name)):
            return True
        return table.rows is None or table.rows >= self.big

    def may_have_rows(self, name: str) -> bool:
        """Whether there may be a row in it."""
        table = self.tables.get(name)
        if table is None:
            return True
        return table.rows is None or table.rows > 0 or any(self.may_have_rows(p.name) for p in self.partitions(name))

    def partitions(self, name: str) -> list[Table]:
        """The partitions of a table."""
        return [t for t in self.tables.values() if t.parent == name]

    def column(self, table: str, column: str) -> Column | None:
        """A column, as far as it is known."""
        return self.tables[table].columns.get(column) if table in self.tables else None

    def indexes_of(self, table: str) -> list[Index]:
        """The indexes of a table."""
        return [i for i in self.indexes.values() if i.table == table]

    def referencing(self, table: str) -> Iterator[tuple[Table, Constraint]]:
        """The foreign keys that point to a table, with the tables that have them."""
        for other in self.tables.values():
            for constraint in other.constraints:
                if constraint.kind == "FOREIGN" and constraint.references == table:
                    yield other, constraint

    def views_on(self, table: str) -> list[Table]:
        """The views that read a table."""
        return [t for t in self.tables.values() if table in t.reads]
