"""What if: the workload planned with other settings, sizes or indexes, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbengineer.agent.channels import indexing
from dbengineer.agent.channels.console import failing_clearly, telling
from dbengineer.agent.channels.indexing import Demo, Json, TrustRole, Url

if TYPE_CHECKING:
    from rich.console import Console

    from dbengineer.tools.plans.read import Plan
    from dbengineer.tools.supposing.answer import Line, Supposed
    from dbengineer.tools.supposing.change import Change

MOST_DRAWN = 5


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    app.command()(whatif)


def whatif(
    url: Url = None,
    demo: Demo = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="random_page_cost=1.1: a planner setting (repeatable)")
    ] = None,
    grow: Annotated[
        list[str] | None,
        typer.Option("--grow", help="public.orders=10: ten times as large; all=10: every table (repeatable)"),
    ] = None,
    index: Annotated[
        list[str] | None,
        typer.Option("--index", help="the definition of an index that is supposed to be there (repeatable)"),
    ] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", help="an index supposed to be gone (repeatable)")] = None,
    workload: Annotated[
        Path | None, typer.Option("--workload", help="SQL, a folder of it, or a log; pg_stat_statements otherwise")
    ] = None,
    draw: Annotated[Path | None, typer.Option("--draw", help="a folder for pictures of the plans that change")] = None,
    trust_role: TrustRole = False,
    as_json: Json = False,
) -> None:
    """Plan the workload with other settings, larger tables or other indexes; nothing is changed anywhere."""
    with failing_clearly(), telling() as (console, display):
        from dbengineer.agent import settings as configuration
        from dbengineer.agent.channels import opening
        from dbengineer.agent.state import Options
        from dbengineer.tools.supposing import answer
        from dbengineer.tools.supposing.change import NotSupposable

        change, given = _change(settings, grow, index, drop), indexing.given_in(workload)
        options = Options(demo=demo, trust_role=trust_role)
        with opening.workbench(url, options, configuration.read(), display.say) as bench:
            statements = indexing.asked_of(bench, given)
            try:
                told = answer.suppose(bench, statements, change)
            except NotSupposable as error:
                raise indexing.refusing(error) from None
        refused = given.refused if given else {}
        more = tuple(answer.Unplanned(text=text, reason=why) for text, why in refused.items())
        told = told.model_copy(update={"unplanned": told.unplanned + more})
        display.end()
        drawn = _draw(draw, told) if draw else []
        if as_json:
            print(json.dumps(_json(told, drawn), indent=2))
        else:
            _show(console, told, drawn)


def _change(
    settings: list[str] | None, grow: list[str] | None, index: list[str] | None, drop: list[str] | None
) -> Change:
    from dbengineer.tools.supposing import change

    try:
        return change.change(settings or (), grow or (), index or (), drop or ())
    except change.NotSupposable as error:
        raise indexing.refusing(error) from None


def _draw(folder: Path, told: Supposed) -> list[str]:
    """A picture of both plans of each statement that is planned otherwise."""
    from dbengineer.tools.plans import draw

    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for line in told.statements:
        if line.before and line.after:
            file = folder / f"{line.name}.svg"
            file.write_text(draw.pair(line.before, line.after), encoding="utf-8")
            written.append(str(file))
    return written


def _json(told: Supposed, drawn: list[str]) -> dict[str, Any]:
    """The answer with plans as lines, as they are read."""
    plain = told.model_dump(mode="json", exclude={"statements": {"__all__": {"before", "after"}}})
    for shown, line in zip(plain["statements"], told.statements, strict=True):
        shown["ratio"] = round(line.ratio, 4)
        shown["before"], shown["after"] = _tree(line.before), _tree(line.after)
    return {**plain, "drawn": drawn}


def _tree(plan: Plan | None) -> list[str]:
    from dbengineer.tools.plans import draw

    if plan is None:
        return []
    return [f"{'  ' * line.depth}{line.label} ({line.rows})" for line in draw.lines(plan)]


def _show(console: Console, told: Supposed, drawn: list[str]) -> None:
    from dbengineer.tools.texts import short

    share = "none could be compared" if told.same_plan_share is None else f"{told.same_plan_share:.0%} planned alike"
    lines = [
        f"Supposed: {told.change.told}.",
        f"{told.changed} of {len(told.statements)} statements are planned otherwise; the cost of the workload: "
        f"{told.base_cost:,.0f} → {told.cost:,.0f}.",
        f"Calibration against the database as it is: {told.compared} statements, {share}.",
    ]
    _print(console, "\n".join(lines))
    ordered = sorted(told.statements, key=lambda s: (s.same_plan, -s.calls * max(s.cost, s.cost_before)))
    head = ("Statement", "Calls", "Cost before", "Cost", "Plan")
    indexing.table(console, head, [_row(line) for line in ordered])
    for line in [s for s in ordered if not s.same_plan][:MOST_DRAWN]:
        _print(console, f"\n{short(line.text)}")
        _side_by_side(console, line)
    indexing.table(console, ("Not planned", "Reason"), [(short(u.text), u.reason) for u in told.unplanned])
    for word, texts in (("Assumed", told.assumes), ("Note", told.notes), ("Drawn", drawn)):
        for text in texts:
            _print(console, f"{word}: {text}")


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _row(line: Line) -> tuple[str, ...]:
    from dbengineer.tools.texts import short

    plan = "the same" if line.same_plan else "; ".join(line.changes)
    doubt = "" if line.trusted else " (the shadow plans it otherwise than the database: no proof)"
    return short(line.text), f"{line.calls:,}", f"{line.cost_before:,.0f}", f"{line.cost:,.0f}", plan + doubt


def _side_by_side(console: Console, line: Line) -> None:
    before, after = _tree(line.before), _tree(line.after)
    height = max(len(before), len(after))
    both = [part + [""] * (height - len(part)) for part in (before, after)]
    indexing.table(console, ("Before", "After"), list(zip(*both, strict=True)))
