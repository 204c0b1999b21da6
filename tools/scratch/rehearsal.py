"""The rehearsal: schema, owners, roles and privileges without rows, to run migrations on."""

from __future__ import annotations

import time

from dbengineer.tools.scratch import fidelity
from dbengineer.tools.scratch.copies import Copy
from dbengineer.tools.scratch.dump import dump
from dbengineer.tools.scratch.restoring import pieces, restore
from dbengineer.tools.scratch.roles import copy_roles
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target


def make_rehearsal(target: Target, server: Server, name: str) -> Copy:
    """Makes the rehearsal as database `name`: access checks fire as on the target, tables know how many rows they had.

    Roles have no passwords. Raises ScratchError where the target cannot be dumped.
    """
    started = time.perf_counter()
    counted = server.binaries.major >= 18
    dumped = dump(target, server, what="statistics" if counted else "schema", options=["--no-tablespaces"])
    database, notes = fidelity.fresh(target, server, name)
    with server.watching():
        notes += copy_roles(target, database)
        notes += fidelity.substitute_collations(target, database)
        notes += fidelity.stub_extensions(target, server, database)
        notes += restore(database, fidelity.without_icu(pieces(dumped.text), notes))
    if not counted:
        notes.append("the rehearsal does not know the row counts; that needs PostgreSQL 18 in scratch")
    took_ms = (time.perf_counter() - started) * 1000
    return Copy(database, tuple(dict.fromkeys(notes)), dumped.coverage, round(took_ms, 1))
