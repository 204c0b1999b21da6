"""How long a check takes, beside the least that walkers over other parsers do: `python -m tests.tools.guard.benchmark`.

pglast and sqlglot are measured where they are installed; they are no part of the product.
"""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbengineer.tools.guard import check
from dbengineer.tools.guard.functions import functions

READS = (Path(__file__).parent / "reads.sql").read_text().splitlines()


def by_pglast(pglast: Any, visitors: Any) -> Callable[[str], Any]:
    """Parses, visits every node, and looks every function up."""
    listed = functions().pg_catalog

    class Look(visitors.Visitor):  # type: ignore[misc]
        def visit_FuncCall(self, ancestors: Any, node: Any) -> None:  # noqa: N802
            node.funcname[-1].sval in listed  # noqa: B015

    return lambda sql: Look()(pglast.parse_sql(sql))


def by_sqlglot(sqlglot: Any) -> Callable[[str], Any]:
    """Parses, visits every node, and looks every function up."""
    listed = functions().pg_catalog
    anonymous = sqlglot.exp.Anonymous

    def look(sql: str) -> int:
        (tree,) = sqlglot.parse(sql, read="postgres")
        return sum(node.name in listed for node in tree.walk() if isinstance(node, anonymous))

    return look


def median(look: Callable[[str], Any], reads: list[str]) -> float:
    """Microseconds for a check: the median over the reads of the best of nine."""

    def took(sql: str) -> float:
        began = time.perf_counter()
        look(sql)
        return time.perf_counter() - began

    return statistics.median(min(took(sql) for _ in range(9)) for sql in reads) * 1e6


def others() -> dict[str, Callable[[str], Any]]:
    """The walkers whose parsers are installed here."""
    found: dict[str, Callable[[str], Any]] = {}
    try:
        visitors = importlib.import_module("pglast.visitors")
        found["pglast"] = by_pglast(importlib.import_module("pglast"), visitors)
    except ImportError:
        pass
    found["sqlglot"] = by_sqlglot(importlib.import_module("sqlglot"))
    return found


def main() -> None:
    """Prints a line for each."""
    print(f"dbengineer {median(check, READS):.0f} µs")
    for name, look in others().items():
        able = [sql for sql in READS if _can(look, sql)]
        print(f"{name} {median(look, able):.0f} µs (parses {len(able)} of {len(READS)} reads)")


def _can(look: Callable[[str], Any], sql: str) -> bool:
    try:
        look(sql)
        return True
    except Exception:
        return False


if __name__ == "__main__":
    main()
