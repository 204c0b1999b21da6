"""The index advisor and the shadow it plans on, from the command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dbengineer.agent.channels.console import failing_clearly, telling

if TYPE_CHECKING:
    from collections.abc import Mapping

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
MOST_SHOWN = 50
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
        Path | None, typer.Option("--workload", help="SQL, a folder of it, or a log; pg_stat_statements otherwise")
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
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="an answer by then, as good as it got; 60, to run 300", min=0.1)
    ] = None,
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
            effort=Effort(seconds=seconds or 60.0),
            run_seconds=seconds or 300.0,
        )
        given = given_in(workload)
        options = Options(demo=demo, rows=rows, trust_role=trust_role)
        with opening.workbench(url, options, configuration.read(), display.say) as bench:
            answer = _answered(bench, given, wishes)
        display.end()
        if as_json:
            print(answer.model_dump_json(indent=2))
        else:
            _show(console, answer)


def given_in(path: Path | None) -> Given | None:
    """The statements of the files that were named; raises ToolError."""
    from dbengineer.tools.queries import given
    from dbengineer.tools.toolbox import ToolError

    try:
        return given.read(path) if path else None
    except given.BadWorkload as error:
        raise ToolError(str(error)) from None


def asked_of(bench: Workbench, given: Given | None) -> Workload:
    """The workload that was given, or what the server counted; raises ToolError where there is none."""
    from dbengineer.tools.queries import workload as counted

    found: Workload = given.workload if given else counted.read(bench.target, limit=5_000)
    if not found.statements and not given:
        because = found.coverage.because or "no statement was counted yet"
        raise refusing(f"there is no workload: {because}; or give statements with --workload FILE")
    return found


def refusing(why: object) -> Exception:
    """The error that says to a person why something is not done."""
    from dbengineer.tools.toolbox import ToolError

    return ToolError(str(why))


def _answered(bench: Workbench, given: Given | None, wishes: Wishes) -> IndexSet:
    from dbengineer.tools.indexes import answer, proving
    from dbengineer.tools.toolbox import ToolError

    found = asked_of(bench, given)
    try:
        advised = answer.choose(bench, found, wishes, counted=given is None)
        chosen = proving.by_running(bench, found, wishes, advised) if wishes.prove == "run" else advised.told
    except answer.BadWish as error:
        raise ToolError(str(error)) from None
    return _with_those_refused(chosen, given.refused) if given and given.refused else chosen


def _with_those_refused(chosen: IndexSet, refused: Mapping[str, str]) -> IndexSet:
    """The answer, in which what was no statement to plan from the first is listed and counted too."""
    from dbengineer.tools.facts import Coverage
    from dbengineer.tools.indexes.answer import Unplanned
    from dbengineer.tools.texts import short

    seen = chosen.looked_at
    because = "; ".join(filter(None, (f"{len(refused)} are no statements to plan", seen.because)))
    counted = Coverage(what=seen.what, examined=seen.examined, total=seen.total + len(refused), because=because)
    more = tuple(Unplanned(text=short(text), reason=why) for text, why in refused.items())
    return chosen.model_copy(update={"unplanned": chosen.unplanned + more, "looked_at": counted})


def _show(console: Console, answer: IndexSet) -> None:
    """The answer as tables."""
    from dbengineer.tools.texts import size

    said: list[str] = [_summary(answer)]
    console.print("\n".join(said), markup=False, highlight=False, soft_wrap=True)
    table(console, ("Index", "Size", "Why"), [(i.ddl, size(i.bytes), i.why) for i in answer.indexes])
    table(console, ("Drop (a person decides)", "Size", "Why"), [(d.ddl, size(d.bytes), d.why) for d in answer.drops])
    changed = [s for s in answer.statements if s.cost != s.cost_before or s.ms is not None]
    changed.sort(key=lambda s: -s.calls * (s.cost_before - s.cost))
    times = any(s.ms is not None for s in changed)
    head = ("Statement", "Calls", "Cost before", "Cost", *(("ms before", "ms") if times else ()))
    _most(console, head, [_line(s, times) for s in changed])
    _most(
        console,
        ("Leans on what planners get wrong", ""),
        [(s.text, "; ".join(s.leans_on)) for s in changed if s.leans_on],
    )
    _most(console, ("Not planned", "Reason"), [(u.text, u.reason) for u in answer.unplanned])
    _most(console, ("Time was too short for", "Reason"), [(u.text, u.reason) for u in answer.unreached])
    for coverage in (answer.looked_at, answer.tried):
        if coverage.because:
            seen = f"{coverage.examined:,} of {coverage.total:,} {coverage.what}: {coverage.because}"
            console.print(f"Looked at: {seen}.", markup=False, highlight=False, soft_wrap=True)
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
        *_second(answer),
        f"{answer.explain_calls:,} EXPLAIN calls in {answer.seconds:.1f} s; {len(answer.regressions)} regressions.",
    ]
    return "\n".join([*lines, *_run(answer)])


def _run(answer: IndexSet) -> list[str]:
    """What running the workload showed, where it was run."""
    if answer.ms is None or answer.base_ms is None or answer.time_ratio is None or answer.least_ratio is None:
        return []
    return [
        f"Run: {answer.base_ms:,.0f} ms → {answer.ms:,.0f} ms (ratio {answer.time_ratio:.3f}; with the quickest of all "
        f"plans of each statement that were run, in whatever space, {answer.least_ratio:.3f})."
    ]


def _second(answer: IndexSet) -> list[str]:
    """What HypoPG on the database says, where it was asked."""
    second = answer.second_opinion
    if second is None:
        return []
    said = f"Second opinion, {second.by} on the database: "
    if second.ratio is not None and second.ratio_on_shadow is not None:
        said += (
            f"{second.alike} of {second.compared} statements take the same new indexes; their cost falls to "
            f"{second.ratio:.3f} there, to {second.ratio_on_shadow:.3f} on the shadow"
        )
    else:
        said += "nothing to compare"
    return [said + (f"; {second.because}." if second.because else "."), *(f"  {text}" for text in second.differing)]


def table(console: Console, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A table, where there are rows."""
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


def _most(console: Console, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A table of the first rows, and how many more there are."""
    table(console, head, rows[:MOST_SHOWN])
    if len(rows) > MOST_SHOWN:
        more = f"… and {len(rows) - MOST_SHOWN:,} more; --json lists every one."
        console.print(more, markup=False, highlight=False)


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

        options, config, given = Options(demo=demo, trust_role=trust_role), configuration.read(), given_in(workload)
        with opening.target(url, options, config, display.say) as target:
            made = warm.shadow(target, given=given, pg_bin=config.pg_bin, fresh=fresh, say=display.say)
        display.end()
        if as_json:
            print(made.model_dump_json(indent=2))
        else:
            _show_shadow(console, made)


def _show_shadow(console: Console, made: Shadow) -> None:
    from dbengineer.tools.texts import size

    share = "nothing could be compared"
    if made.same_plan_share is not None:
        ratio = f"cost ratio {made.median_ratio} (worst {made.worst_ratio})"
        share = f"{made.same_plan_share:.0%} plan the same; {ratio}"
    lines = [
        f"The shadow of {size(made.source_bytes)} is {made.state}: {size(made.bytes)} on disk, {made.seconds:.2f} s.",
        f"Calibration: of {made.compared} statements {share}.",
        *(f"Differs: {text}" for text in made.differing),
        *(f"Not compared: {text}" for text in made.failed),
        *(f"Note: {note}" for note in made.notes),
        *(f"Not seen: {c.examined} of {c.total} {c.what}: {c.because}" for c in made.coverage if c.because),
    ]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
