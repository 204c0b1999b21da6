"""The files of a shadow: as long as the target's, with nothing in them but the height of its B-trees.

The planner asks the file system for a relation's size, and a B-tree's metapage for its height. Zero pages are valid.
"""

from __future__ import annotations

import math
import os
import struct
import time
from collections.abc import Iterable
from pathlib import Path

from psycopg.conninfo import make_conninfo

from dbengineer.tools.facts import Fact
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.errors import ScratchError

PAGE = 8192
SEGMENT = 1 << 30
META, SPECIAL = 24, PAGE - 16
LEAF, ROOT = 1, 2
WIDTHS = """
SELECT i.indexrelid::regclass::oid AS oid, sum(coalesce(s.stawidth, nullif(greatest(a.attlen, 0), 0), 16))::int AS width
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum <= i.indnkeyatts
LEFT JOIN pg_catalog.pg_statistic s
  ON s.starelid = i.indrelid AND s.staattnum = i.indkey[a.attnum - 1] AND NOT s.stainherit
GROUP BY 1
"""
FILES = """
SELECT c.oid, n.nspname AS schema, c.relname AS name, pg_catalog.pg_relation_filepath(c.oid) AS path,
       am.amname = 'btree' AND c.relkind = 'i' AS btree,
       c.relkind <> 'i' AS "table"
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""


class File(Fact):
    """The first file of a table or index; `width` is the bytes of a B-tree's key, 0 for anything else."""

    oid: int
    namespace: str
    name: str
    path: Path
    table: bool
    width: int = 0


def files(database: Database) -> dict[tuple[str, str], File]:
    """Every table and index of a scratch database by schema and name."""
    data = Path(database.query("SHOW data_directory")[0]["data_directory"])
    widths = {row["oid"]: row["width"] for row in database.query(WIDTHS)}
    found = {}
    for row in database.query(FILES):
        width = max(widths.get(row["oid"], 16), 1) if row["btree"] else 0
        found[row["schema"], row["name"]] = File(
            oid=row["oid"],
            namespace=row["schema"],
            name=row["name"],
            path=data / row["path"],
            table=row["table"],
            width=width,
        )
    return found


def stretch(file: File, pages: int) -> None:
    """Makes a table or index as many pages long, without using disk for them."""
    owner = file.path.stat()
    left, number = pages * PAGE, 0
    while left > 0 or number == 0:
        segment = file.path if number == 0 else file.path.with_name(f"{file.path.name}.{number}")
        with segment.open("ab") as handle:
            os.truncate(handle.fileno(), min(left, SEGMENT))
            if number and os.geteuid() == 0:
                os.chown(handle.fileno(), owner.st_uid, owner.st_gid)
        left, number = left - SEGMENT, number + 1


def height(pages: int, width: int) -> int:
    """The levels above the leaves of a B-tree of so many pages and key bytes.

    Inner pages hold a tuple of 8 bytes and the key, and a pointer of 4, and are filled to 70 % when built (nbtree.h,
    BTREE_NONLEAF_FILLFACTOR).
    """
    fanout = max(2.0, 0.7 * (SPECIAL - META) / (4 + 8 * math.ceil((8 + min(width, 2000)) / 8)))
    level, nodes = 0, float(max(pages - 1, 1))
    while nodes > 1:
        nodes, level = math.ceil(nodes / fanout), level + 1
    return level


def raise_tree(file: File, levels: int) -> None:
    """Writes a minimal valid B-tree of a height into an index that holds nothing; it must not be in shared buffers."""
    if levels == 0:
        return
    with file.path.open("r+b") as handle:
        meta = bytearray(handle.read(PAGE))
        # BTMetaPageData: magic, version, root, level, fastroot, fastlevel.
        struct.pack_into("=4I", meta, META + 8, 1, levels, 1, levels)
        handle.seek(0)
        handle.write(meta)
        for level in range(levels, -1, -1):
            flags = (ROOT if level == levels else 0) | (0 if level else LEAF)
            handle.write(_tree_page(level, flags, child=levels - level + 2))


def _tree_page(level: int, flags: int, child: int) -> bytes:
    """One page: an inner one has a single pivot, minus infinity, that leads to `child`; a leaf is empty."""
    page = bytearray(PAGE)
    upper = SPECIAL - 8 if level else SPECIAL
    struct.pack_into("=HHHHH", page, 10, 0, META + (4 if level else 0), upper, SPECIAL, PAGE | 4)
    if level:
        struct.pack_into("=I", page, META, upper | 1 << 15 | 8 << 17)
        struct.pack_into("=HHHH", page, upper, child >> 16, child & 0xFFFF, 0, 8 | 0x2000)
    struct.pack_into("=IIIHH", page, SPECIAL, 0, 0, level, flags, 0)
    return bytes(page)


def forget_pages(database: Database, oids: Iterable[int]) -> None:
    """Writes the pages of these relations to disk and drops them from memory, so that their files can be changed."""
    wanted = list(oids)
    nodes = [
        row["node"]
        for row in database.query(
            "SELECT pg_catalog.pg_relation_filenode(o) AS node FROM pg_catalog.unnest(%s::oid[]) o", (wanted,)
        )
    ]
    admin = Database("postgres", make_conninfo(database.conninfo, dbname="postgres"))
    try:
        admin.script("CREATE EXTENSION IF NOT EXISTS pg_buffercache")
        for _ in range(100):
            admin.query("SELECT buffers_evicted FROM pg_buffercache_evict_all()")
            if not admin.query(LEFT, (database.name, nodes))[0]["left"]:
                return
            time.sleep(0.02)
    finally:
        admin.close()
    raise ScratchError("the shadow's indexes stay in the server's memory, so that their height cannot be set")


LEFT = """
SELECT count(*) AS left FROM pg_buffercache b JOIN pg_database d ON d.oid = b.reldatabase
WHERE d.datname = %s AND b.relfilenode = ANY(%s::oid[]) AND b.relblocknumber < 16
"""
