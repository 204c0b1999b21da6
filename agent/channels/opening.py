"""Opening what a command works on: the target or the demo, and the workbench around it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from dbengineer.agent.settings import Settings
from dbengineer.agent.state import Options

if TYPE_CHECKING:
    from dbengineer.tools.target import Target
    from dbengineer.tools.workbench import Workbench


Say = Callable[[str], None]


class NoDatabase(Exception):
    """No database was named."""


@contextmanager
def address(url: str | None, options: Options, settings: Settings, say: Say) -> Iterator[str]:
    """The address of the database: the demo's while it runs, else the one that was named; raises NoDatabase."""
    if options.demo:
        from dbengineer.evals.demo import Demo

        with Demo(options.demo, home=demo_home(), pg_bin=settings.pg_bin, progress=say) as demo:
            yield demo.url
    elif url:
        yield url
    elif settings.url:
        yield settings.url.get_secret_value()
    else:
        raise NoDatabase("no database was named; give a URL, set DBENGINEER_URL, or look at the demo with --demo todo")


@contextmanager
def target(url: str | None, options: Options, settings: Settings, say: Say) -> Iterator[Target]:
    """The read-only session on the database."""
    from dbengineer.tools.target import Target

    with address(url, options, settings, say) as found:
        opened = Target.open(found, trust_role=options.trust_role)
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def workbench(
    url: str | None, options: Options, settings: Settings, say: Say, out: Callable[[Target], Path] | None = None
) -> Iterator[Workbench]:
    """The workbench on the database, with the folder that `out` names for it, or one that goes at the end."""
    from dbengineer.tools.workbench import Workbench

    temporary = tempfile.TemporaryDirectory(prefix="dbengineer-") if out is None else nullcontext("")
    with target(url, options, settings, say) as opened, temporary as spare:
        folder = out(opened) if out else Path(spare)
        bench = Workbench(opened, folder, rows=options.rows, pg_bin=settings.pg_bin, progress=say)
        try:
            yield bench
        finally:
            bench.close()


def schema_fingerprint(url: str | None, options: Options, settings: Settings, say: Say) -> str:
    """The fingerprint of the database's schema as it is now."""
    from dbengineer.tools.schema.fingerprint import fingerprint

    with target(url, options, settings, say) as opened:
        return fingerprint(opened)


def demo_home() -> Path:
    """Where the loaded demo databases are kept between runs."""
    return Path(tempfile.gettempdir()) / "dbengineer-demo"
