"""Draw the tables and how they refer to each other (ERD), write a data dictionary, and review the normal forms."""

from __future__ import annotations

from dbengineer.tools.facts import SEVERITIES, Fact, Result, Severity
from dbengineer.tools.schema import dictionary, erd, normalize
from dbengineer.tools.schema.catalog import Schema
from dbengineer.tools.schema.fingerprint import fingerprint
from dbengineer.tools.workbench import Workbench

effect = "draft"


class Args(Fact):
    """Nothing has to be said."""


def run(bench: Workbench, args: Args) -> Result:
    """Writes erd.svg, erd.mmd and schema.md from the catalog of the target."""
    schema, coverage = bench.schema, bench.schema.coverage()
    ran = "the catalog: tables, columns, constraints, indexes, types, sequences, functions"
    with bench.ledger.watch("schema", "target", ran) as seen:
        seen.saw = {"tables": len(schema.tables), "fingerprint": fingerprint(bench.target), **coverage.model_dump()}
    hints = normalize.review(bench)
    title = f"{bench.target.database}: {len(erd.drawn(schema))} tables"
    artefacts = (
        bench.write("erd.svg", erd.svg(schema, marks(bench, schema), title), "Entity relationship diagram", "schema"),
        bench.write("erd.mmd", erd.mermaid(schema), "The diagram as Mermaid", "schema"),
        bench.write("schema.md", dictionary.markdown(schema, bench.target.database), "Data dictionary", "schema"),
    )
    keys = sum(len(t.foreign_keys) for t in schema.tables)
    return Result(
        summary=f"{len(schema.tables)} tables, {keys} foreign keys drawn; {len(hints.findings)} hints at normal forms",
        findings=hints.findings,
        artefacts=artefacts,
        coverage=(coverage, *hints.coverage),
        evidence=(seen.id, *hints.evidence),
    )


def marks(bench: Workbench, schema: Schema) -> dict[str, Severity]:
    """The worst severity that the checks run so far have found for each table."""
    from dbengineer.tools import checking

    found: dict[str, Severity] = {}
    for evidence in bench.ledger:
        check = checking.all_checks().get(evidence.tool.removeprefix("check "))
        for fault in evidence.saw.get("found", ()) if check else ():
            table = _table(str(fault["object"]), schema)
            if table and check and SEVERITIES.index(check.severity) < SEVERITIES.index(found.get(table, "info")):
                found[table] = check.severity
    return found


def _table(thing: str, schema: Schema) -> str:
    """The table that an object such as `public.tasks`, `public.tasks.id` or an index belongs to."""
    if schema.table(thing):
        return thing
    owner = thing.rpartition(".")[0]
    return owner if schema.table(owner) else next((i.table for i in schema.indexes if i.qualified == thing), "")
