"""Migrations from the command line: `migrate lint`; other commands hang themselves into the same app."""

from __future__ import annotations

import typer

from dbengineer.agent.channels import rehearsing

app = typer.Typer(help="Draft, rehearse and judge migrations.", no_args_is_help=True, rich_markup_mode=None)
app.command()(rehearsing.rehearse)


@app.callback()
def migrate() -> None:
    """Draft, rehearse and judge migrations."""
