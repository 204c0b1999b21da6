"""The warm shadow: kept between commands, and made anew when what it was made of has changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Literal

from dbengineer.tools.facts import Coverage, Fact
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.given import Given
from dbengineer.tools.queries.usage import Names
from dbengineer.tools.schema import catalog
from dbengineer.tools.scratch import folders
from dbengineer.tools.scratch.copies import Copy
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.scratch.shadow import make_shadow
from dbengineer.tools.scratch.trust import trust
from dbengineer.tools.target import Target

NAME = "shadow"
STATE = """
SELECT md5(concat_ws('|',
    (SELECT string_agg(concat_ws(',', c.oid, c.relname, c.relnamespace, c.reltuples, c.relpages, c.xmin,
                                 pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)),
                       ';' ORDER BY c.oid)
     FROM pg_class c WHERE c.relkind IN ('r', 'm', 'i', 'p', 'v')
       AND c.relnamespace NOT IN (
           SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')),
    (SELECT string_agg(concat_ws(',', s.setdatabase, s.setrole, s.setconfig::text), ';' ORDER BY 1)
     FROM pg_db_role_setting s),
    (SELECT string_agg(name || setting, ';' ORDER BY name) FROM pg_settings
     WHERE category LIKE 'Query Tuning%' OR name IN ('work_mem', 'hash_mem_multiplier', 'effective_io_concurrency')),
    (SELECT string_agg(extname || extversion, ';' ORDER BY extname) FROM pg_extension),
    version())) AS state, pg_database_size(current_database()) AS bytes
"""


class Shadow(Fact):
    """A shadow on disk and how alike it plans; bytes on disk, seconds until it could be planned on.

    A cost ratio is shadow / target; `worst_ratio` is the one furthest from 1.
    """

    state: Literal["made", "refreshed", "warm"]
    seconds: float
    bytes: int
    source_bytes: int
    compared: int = 0
    same_plan_share: float | None = None
    median_ratio: float | None = None
    worst_ratio: float | None = None
    differing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    coverage: tuple[Coverage, ...] = ()


def shadow(
    target: Target,
    *,
    given: Given | None = None,
    pg_bin: Path | None = None,
    home: Path | None = None,
    fresh: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Shadow:
    """Makes the shadow of a target or takes the one that is kept, and calibrates it with a workload.

    It is kept below `home`, with the planner's statistics in it, readable for nobody else. Raises ScratchError.
    """
    started = time.perf_counter()
    folder = (home or folders.kept_folder("shadows")) / _key(target)
    say("starting the shadow's server")
    with Server.start(pg_bin=pg_bin, home=folder) as server:
        found = target.query(STATE)[0]
        copy, state = _kept(server, folder, str(found["state"]), fresh), "warm"
        if copy is None:
            say("making the shadow: schema and statistics, no rows")
            state = "refreshed" if (folder / "made.json").exists() else "made"
            copy = _made(target, server, folder, str(found["state"]))
        seconds = time.perf_counter() - started
        with closing(copy.database):
            say("planning the workload on both sides")
            told = _calibrated(target, copy, given)
        size = _on_disk(server.data)
    own = {"state": state, "seconds": round(seconds, 3), "bytes": size, "source_bytes": int(found["bytes"])}
    return Shadow.model_validate({**own, **told})


def _key(target: Target) -> str:
    where = target.connection_parameters()
    words = [where.get("host", ""), where.get("port", ""), where.get("dbname", ""), where.get("user", "")]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def _kept(server: Server, folder: Path, state: str, fresh: bool) -> Copy | None:
    """The shadow that was made of just this state of the target, if there is one."""
    marker = folder / "made.json"
    if fresh or not marker.exists():
        return None
    made = json.loads(marker.read_text(encoding="utf-8"))
    if made["state"] != state:
        return None
    coverage = Coverage.model_validate(made["coverage"])
    return Copy(server.database(NAME), tuple(made["notes"]), coverage, made["took_ms"])


def _made(target: Target, server: Server, folder: Path, state: str) -> Copy:
    marker = folder / "made.json"
    marker.unlink(missing_ok=True)
    server.drop(NAME)
    copy = make_shadow(target, server, NAME)
    told = {"state": state, "notes": copy.notes, "coverage": copy.coverage.model_dump(), "took_ms": copy.took_ms}
    marker.write_text(json.dumps(told), encoding="utf-8")
    return copy


def _calibrated(target: Target, copy: Copy, given: Given | None) -> dict[str, object]:
    found = given.workload if given else workload.read(target, limit=300)
    schema = catalog.read(target)
    trusted = trust(target, copy, found.statements, Names(schema))
    calibration = trusted.calibration
    texts = {s.fingerprint: " ".join(s.text.split())[:100] for s in found.statements}
    return {
        "compared": calibration.compared,
        "same_plan_share": calibration.share,
        "median_ratio": calibration.median_ratio,
        "worst_ratio": calibration.worst_ratio,
        "differing": tuple(texts[name] for name in sorted(trusted.differing)),
        "failed": tuple(" ".join(text.split())[:100] for text in calibration.failed),
        "notes": copy.notes,
        "coverage": (copy.coverage, found.coverage, trusted.coverage),
    }


def _on_disk(folder: Path) -> int:
    """The bytes that a folder takes on disk; sparse files take less than they are long."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))
