"""Migrations from the command line: the commands below `migrate`."""

from __future__ import annotations

import typer

from dbengineer.agent.channels import drafting, linting, rehearsing

app = typer.Typer(help="Draft, rehearse and judge migrations.", no_args_is_help=True, rich_markup_mode=None)
app.command()(linting.lint)
app.command()(rehearsing.rehearse)
app.command()(drafting.draft)


@app.callback()
def migrate() -> None:
    """Draft, rehearse and judge migrations."""
