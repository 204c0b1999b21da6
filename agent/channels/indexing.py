"""The index advisor and the shadow it plans on, from the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dbengineer.agent.channels.console import failing_clearly, telling

if TYPE_CHECKING:
    from rich.console import Console

    from dbengineer.tools.indexes.answer import IndexSet, Wishes
    from dbengineer.tools.queries.given import Given
    from dbengineer.tools.queries.workload import Workload
    from dbengineer.tools.scratch.warm import Shadow
    from dbengineer.tools.workbench import Workbench

URL_HELP = "libpq URL or key=value string; the environment's DBENGINEER_URL otherwise"
Url = Annotated[str | None, typer.Argument(help=URL_HELP, show_default=False)]
Demo = Annotated[str | None, typer.Option("--demo", help="look at an embedded demo: todo or todo_healthy")]
TrustRole = Annotated[bool, typer.Option("--trust-role", help="accept a role that could write")]
Json = Annotated[bool, typer.Option("--json", help="answer as JSON")]
UNITS = {"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "tb": 1 << 40}


def register(app: typer.Typer) -> None:
    """Adds both commands to the command line."""
    app.command()(indexes)
    app.command()(shadow)


def _size(text: str) -> int:
    """Bytes of a text such as 500MB, in powers of 1024."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?b?)", text.strip().lower())
    unit = found[2] if found and found[2] in ("", "b") else f"{found[2].rstrip('b')}b" if found else ""
    if not found:
        raise typer.BadParameter(f"{text!r} is no size; write it as 500MB, 2GB or a number of bytes")
    return int(float(found[1]) * UNITS[unit])


def _limit(text: str) -> tuple[str, int]:
    """A table and how many new indexes it may have, of a text such as public.orders=3."""
    table, _, number = text.rpartition("=")
    if not table or not number.isdigit():
        raise typer.BadParameter(f"{text!r} is no limit; write it as public.orders=3")
    return table, int(number)


def indexes(
    url: Url = None,
    demo: Demo = None,
    workload: Annotated[
        Path | None, typer.Option("--workload", help="a file of SQL or a folder of .sql; pg_stat_statements otherwise")
    ] = None,
    budget: Annotated[
        int | None, typer.Option("--budget", help="all new indexes: 500MB", parser=_size, metavar="SIZE")
    ] = None,
    max_width: Annotated[int, typer.Option("--max-width", help="how many keys an index may have", min=1, max=8)] = 3,
    never: Annotated[list[str] | None, typer.Option("--never", help="leave this table alone (repeatable)")] = None,
    at_most: Annotated[
        list[Any] | None,
        typer.Option("--at-most", help="public.orders=3: no more on it (repeatable)", parser=_limit, metavar="LIMIT"),
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="stop improving after so long", min=0.1)] = 60.0,
    prove: Annotated[Literal["plan", "run"], typer.Option("--prove", help="run needs --rows copy")] = "plan",
    rows: Annotated[
        Literal["none", "copy"], typer.Option("--rows", help="copy: rows may be copied to run on")
    ] = "none",
    trust_role: TrustRole = False,
    as_json: Json = False,
) -> None:
    """Find the best set of indexes for a workload, and how far from the best possible it can be."""
    with failing_clearly(), telling() as (console, display):
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.state import Options
        from dbengineer.tools.indexes.answer import Wishes
        from dbengineer.tools.indexes.search import Effort

        if prove == "run" and rows != "copy":
            raise PermissionError("--prove run runs statements on a copy of the rows; allow it with --rows copy")
        wishes = Wishes(
            budget=budget,
            max_width=max_width,
            never=tuple(never or ()),
            at_most=dict(at_most or []),
            prove=prove,
            effort=Effort(seconds=seconds),
        )
        given = _given(workload)
        options = Options(demo=demo, rows=rows, trust_role=trust_role)
        with opening.workbench(url, options, configuration.read(), display.say) as bench:
            answer = _answered(bench, given, wishes)
        display.end()
        if as_json:
            print(answer.model_dump_json(indent=2))
        else:
            _show(console, answer)


def _given(path: Path | None) -> Given | None:
    from dbengineer.tools.queries import given
    from dbengineer.tools.toolbox import ToolError

    try:
        return given.read(path) if path else None
    except given.BadWorkload as error:
        raise ToolError(str(error)) from None


def _answered(bench: Workbench, given: Given | None, wishes: Wishes) -> IndexSet:
    from dbengineer.tools.indexes import answer, proving
    from dbengineer.tools.indexes.answer import Unplanned
    from dbengineer.tools.queries import workload as counted
    from dbengineer.tools.toolbox import ToolError

    found: Workload = given.workload if given else counted.read(bench.target, limit=5_000)
    if not found.statements and not given:
        raise ToolError(
            f"there is no workload: {found.coverage.because or 'no statement was counted yet'}; "
            "or give statements with --workload FILE"
        )
    try:
        advised = answer.choose(bench, found, wishes, counted=given is None)
        chosen = proving.by_running(bench, found, wishes, advised) if wishes.prove == "run" else advised.told
    except answer.BadWish as error:
        raise ToolError(str(error)) from None
    refused = given.refused if given else {}
    more = tuple(Unplanned(text=answer.short(text), reason=why) for text, why in refused.items())
    return chosen.model_copy(update={"unplanned": chosen.unplanned + more})


def _show(console: Console, answer: IndexSet) -> None:
    """The answer as tables."""
    from dbengineer.tools.texts import size

    said: list[str] = [_summary(answer)]
    console.print("\n".join(said), markup=False, highlight=False, soft_wrap=True)
    _table(console, ("Index", "Size", "Why"), [(i.ddl, size(i.bytes), i.why) for i in answer.indexes])
    _table(console, ("Drop (a person decides)", "Size", "Why"), [(d.ddl, size(d.bytes), d.why) for d in answer.drops])
    changed = [s for s in answer.statements if s.cost != s.cost_before or s.ms is not None]
    changed.sort(key=lambda s: -s.calls * (s.cost_before - s.cost))
    times = any(s.ms is not None for s in changed)
    head = ("Statement", "Calls", "Cost before", "Cost", *(("ms before", "ms") if times else ()))
    _table(console, head, [_line(s, times) for s in changed])
    _table(
        console,
        ("Leans on what planners get wrong", ""),
        [(s.text, "; ".join(s.leans_on)) for s in changed if s.leans_on],
    )
    _table(console, ("Not planned", "Reason"), [(u.text, u.reason) for u in answer.unplanned])
    for note in answer.notes:
        console.print(f"Note: {note}", markup=False, highlight=False, soft_wrap=True)


def _line(line: Any, times: bool) -> tuple[str, ...]:
    told = (line.text, f"{line.calls:,}", f"{line.cost_before:,.0f}", f"{line.cost:,.0f}")
    ms = tuple("" if value is None else f"{value:,.1f}" for value in (line.ms_before, line.ms))
    return told + (ms if times else ())


def _summary(answer: IndexSet) -> str:
    from dbengineer.tools.texts import size

    same = answer.calibration
    share = "none could be compared" if same.same_plan_share is None else f"{same.same_plan_share:.0%} planned alike"
    lines = [
        f"{len(answer.indexes)} indexes of {answer.candidates} possible ones, {size(answer.bytes)}: {answer.proof}.",
        f"The planner's cost of the workload: {answer.base_cost:,.0f} → {answer.cost:,.0f} (ratio {answer.ratio:.3f}); "
        f"no such set is below {answer.bound:,.0f}, and the chosen one is within {answer.gap:.2%} of the best.",
        f"Calibration against the database: {same.compared} statements, {share}"
        + ("".join(f"; {why}" for why in same.reasons) + "."),
        f"{answer.explain_calls:,} EXPLAIN calls in {answer.seconds:.1f} s; {len(answer.regressions)} regressions.",
    ]
    if answer.ms is not None and answer.base_ms is not None and answer.time_ratio is not None:
        lines.append(f"Run: {answer.base_ms:,.0f} ms → {answer.ms:,.0f} ms (ratio {answer.time_ratio:.3f}).")
    return "\n".join(lines)


def _table(console: Console, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for column in head:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def shadow(
    url: Url = None,
    demo: Demo = None,
    workload: Annotated[
        Path | None, typer.Option("--workload", help="statements to compare with; pg_stat_statements otherwise")
    ] = None,
    trust_role: TrustRole = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="make it anew, whatever is there")] = False,
    as_json: Json = False,
) -> None:
    """Make or refresh the empty copy that plans like the database; say its size and how alike both plan."""
    with failing_clearly(), telling() as (console, display):
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.state import Options
        from dbengineer.tools.scratch import warm

        options, config, given = Options(demo=demo, trust_role=trust_role), configuration.read(), _given(workload)
        with opening.target(url, options, config, display.say) as target:
            made = warm.shadow(target, given=given, pg_bin=config.pg_bin, fresh=fresh, say=display.say)
        display.end()
        if as_json:
            print(made.model_dump_json(indent=2))
        else:
            _show_shadow(console, made)


def _show_shadow(console: Console, made: Shadow) -> None:
    from dbengineer.tools.texts import size

    ratio = f"cost ratio {made.median_ratio} (worst {made.worst_ratio})"
    share = "nothing could be compared" if made.same_plan_share is None else f"{made.same_plan_share:.0%} plan the same"
    lines = [
        f"The shadow of {size(made.source_bytes)} is {made.state}: {size(made.bytes)} on disk, {made.seconds:.2f} s.",
        f"Calibration: of {made.compared} statements {share}; {ratio}.",
        *(f"Differs: {text}" for text in made.differing),
        *(f"Not compared: {text}" for text in made.failed),
        *(f"Note: {note}" for note in made.notes),
    ]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
