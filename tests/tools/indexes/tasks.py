"""A table of tasks, of as many rows as a test wants."""

from __future__ import annotations


def tasks_of(rows: int) -> str:
    """The SQL that makes it, with its statistics."""
    return f"""
CREATE TABLE tasks (id int PRIMARY KEY, owner int, state text, due date, title text);
INSERT INTO tasks SELECT i, i % 900, 's' || i % 4, date '2025-01-01' + i % 300, repeat('t', 60)
    FROM generate_series(1, {rows}) i;
ANALYZE tasks;
"""
