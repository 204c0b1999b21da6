"""The tool that draws and describes the schema."""

from __future__ import annotations

from collections.abc import Callable

from dbengineer.tools.toolbox import call
from dbengineer.tools.workbench import Rows, Workbench


def test_the_schema_is_drawn_with_the_faults_that_the_checks_found(make_bench: Callable[[Rows], Workbench]) -> None:
    bench = make_bench("none")
    call(bench, "run_checks", {"check": "table_without_primary_key"})
    result = call(bench, "schema", {})
    assert [a.path for a in result.artefacts] == ["erd.svg", "erd.mmd", "schema.md"]
    assert result.coverage[0].complete
    assert bench.ledger[result.evidence[0]].saw["fingerprint"].startswith("schema-")
    drawing = (bench.out / "erd.svg").read_text()
    assert drawing.count("<circle") >= 1
    assert ">high<" in drawing
