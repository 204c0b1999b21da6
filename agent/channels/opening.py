"""Opening what a command works on: the target or the demo, the workbench around it, or an old report."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from dbengineer.agent.settings import Settings, SettingsError
from dbengineer.agent.state import Options, Report

if TYPE_CHECKING:
    from dbengineer.tools.target import Target
    from dbengineer.tools.workbench import Workbench


Say = Callable[[str], None]


class NoDatabase(Exception):
    """No database was named, or a demo that there is not."""


class NoReport(Exception):
    """A folder that holds no report."""


@contextmanager
def address(url: str | None, options: Options, settings: Settings, say: Say) -> Iterator[str]:
    """The address of the database: the demo's while it runs, else the one that was named; raises NoDatabase."""
    if options.demo:
        from dbengineer.evals.demo import Demo

        try:
            found = Demo(options.demo, home=demo_home(), pg_bin=settings.pg_bin, progress=say)
        except ValueError as error:
            raise NoDatabase(str(error)) from None
        with found as demo:
            yield demo.url
    elif url:
        yield url
    elif settings.url:
        yield settings.url.get_secret_value()
    else:
        raise NoDatabase("no database was named; give a URL, set DBENGINEER_URL, or look at the demo with --demo todo")


@contextmanager
def target(
    url: str | None,
    options: Options,
    settings: Settings,
    say: Say,
    channel: str = "cli",
    model: bool = False,
    who: str = "",
) -> Iterator[Target]:
    """The read-only session on the database; every statement goes to the audit log with its channel and who asks.

    `model`: what is asked beside the product's own statements comes from a model.
    """
    from dbengineer.tools.audit import Audit
    from dbengineer.tools.target import Target

    with address(url, options, settings, say) as found:
        audit = Audit(settings.audit_log, who=who or _who(channel), channel=channel, model=model)
        opened = Target.open(found, trust_role=options.trust_role, audit=audit)
        try:
            yield opened
        finally:
            opened.close()


def _who(channel: str) -> str:
    """The user of the system, or that it was a client of the channel."""
    import getpass

    if channel != "cli":
        return f"{channel} client"
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"uid {os.getuid()}"


@contextmanager
def workbench(
    url: str | None,
    options: Options,
    settings: Settings,
    say: Say,
    out: Callable[[Target], Path] | None = None,
    channel: str = "cli",
    who: str = "",
) -> Iterator[Workbench]:
    """The workbench on the database, with the folder that `out` names for it, or one that goes at the end.

    Raises SettingsError where the programs for the scratch server are not where they should be.
    """
    from dbengineer.tools.scratch.folders import private_folder
    from dbengineer.tools.workbench import Workbench

    if settings.pg_bin and not (settings.pg_bin / "postgres").is_file():
        raise SettingsError(
            f"DBENGINEER_PG_BIN: there is no postgres in {settings.pg_bin}; name the folder that holds the server's "
            "programs, such as /usr/lib/postgresql/18/bin, or unset it"
        )
    temporary = private_folder() if out is None else nullcontext(Path())
    # Only a run, which has a folder, asks the model.
    asking = settings.has_model and out is not None
    with target(url, options, settings, say, channel, asking, who) as opened, temporary as spare:
        folder = out(opened) if out else spare
        if out and opened.audit:
            opened.audit.run = folder.name
        bench = Workbench(opened, folder, rows=options.rows, pg_bin=settings.pg_bin, progress=say)
        try:
            yield bench
        finally:
            bench.close()


def schema_fingerprint(
    url: str | None, options: Options, settings: Settings, say: Say, channel: str = "cli", who: str = ""
) -> str:
    """The fingerprint of the database's schema as it is now."""
    from dbengineer.tools.schema.fingerprint import fingerprint

    with target(url, options, settings, say, channel, who=who) as opened:
        return fingerprint(opened)


def report(folder: Path) -> Report:
    """The report that lies in a folder; raises NoReport."""
    from pydantic import ValidationError

    from dbengineer.agent import running
    from dbengineer.agent.channels import render

    try:
        return render.load(folder)
    except (FileNotFoundError, NotADirectoryError):
        if (folder / running.MEMORY).is_dir():
            why = "its run has not ended; go on with it by: dbengineer review URL --resume"
        else:
            why = "give the folder of a report, such as report/todo-20260101-120000"
        raise NoReport(f"there is no report in {folder}: {why}") from None
    except (ValidationError, UnicodeDecodeError):
        raise NoReport(
            f"{folder / 'checklist.json'} cannot be read: it was changed, or another version of dbengineer wrote it; "
            "make a new report with: dbengineer review"
        ) from None


def unchanged(folder: Path, shown: Report, name: str) -> None:
    """Refuses the approval of a change whose migration files are not those that were reviewed (ApprovalRefused).

    The files of the other changes that wait for a person do not count.
    """
    from dbengineer.agent.approvals import ApprovalRefused

    drafted = [a for d in shown.checklist.deliverables for a in d.artefacts if a.path.startswith("migrations/")]
    for artefact in drafted:
        path = folder / artefact.path
        if path.parent.name == "waiting" and path.stem != name:
            continue
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != artefact.sha256:
            raise ApprovalRefused(
                f"{artefact.path} is not the file that was reviewed; put it back, or make a new report with: "
                "dbengineer review"
            )


def demo_home() -> Path:
    """Where the loaded demo databases are kept between runs."""
    return Path(tempfile.gettempdir()) / "dbengineer-demo"
