"""TPC-DS in a server of our own: rows and statements of duckdb's tpcds extension, keys by the specification."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from dbengineer.evals.indexes.tpch import loaded
from dbengineer.tools.queries import workload
from dbengineer.tools.queries.workload import Statement
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server

NAME = "tpcds"
KEYS = {
    "call_center": "cc_call_center_sk",
    "catalog_page": "cp_catalog_page_sk",
    "catalog_returns": "cr_item_sk, cr_order_number",
    "catalog_sales": "cs_item_sk, cs_order_number",
    "customer": "c_customer_sk",
    "customer_address": "ca_address_sk",
    "customer_demographics": "cd_demo_sk",
    "date_dim": "d_date_sk",
    "household_demographics": "hd_demo_sk",
    "income_band": "ib_income_band_sk",
    "inventory": "inv_date_sk, inv_item_sk, inv_warehouse_sk",
    "item": "i_item_sk",
    "promotion": "p_promo_sk",
    "reason": "r_reason_sk",
    "ship_mode": "sm_ship_mode_sk",
    "store": "s_store_sk",
    "store_returns": "sr_item_sk, sr_ticket_number",
    "store_sales": "ss_item_sk, ss_ticket_number",
    "time_dim": "t_time_sk",
    "warehouse": "w_warehouse_sk",
    "web_page": "wp_web_page_sk",
    "web_returns": "wr_item_sk, wr_order_number",
    "web_sales": "ws_item_sk, ws_order_number",
    "web_site": "web_site_sk",
}
"""The primary keys of TPC-DS 3, section 2.3 and 2.4."""
TYPES = {"VARCHAR": "varchar", "INTEGER": "integer", "BIGINT": "bigint", "DATE": "date", "DOUBLE": "float8"}
HEAVY = frozenset({4, 6, 9, 10, 11, 32, 35, 41, 95})
"""Statements whose cost without an index would hide that of all others, as the VLDB 2020 study of index selection left
them out (Kossmann and others, "Magic mirror in my hand"); 90 are left."""


def start(home: Path, scale: float) -> Server:
    """A server that holds the database `tpcds` of a scale factor, loaded once into a folder below `home`.

    Raises FileNotFoundError without duckdb and its extension (pip install 'dbengineer[evals]').
    """
    return loaded(home, NAME, scale, _load)


def statements(server: Server) -> tuple[list[Statement], dict[str, str]]:
    """The statements, kept in the database beside the rows; and why PostgreSQL refuses some, by their text."""
    kept, refused = [], {}
    with closing(server.database(NAME)) as database:
        for row in database.query("SELECT number, text FROM benchmark.statements ORDER BY number"):
            if row["number"] in HEAVY:
                continue
            try:
                database.explain(row["text"])
                kept.append(workload.unknown(row["text"]))
            except psycopg.Error as error:
                refused[row["text"]] = f"{row['number']}: {error.diag.message_primary}"
    return kept, refused


def _load(server: Server, scale: float) -> None:
    with _generated(scale) as source, closing(server.create("loading")) as database:
        for table, keys in KEYS.items():
            columns = source.execute(f"SELECT name, type FROM pragma_table_info('{table}')").fetchall()
            listed = ", ".join(f"{name} {TYPES.get(type_, type_)}" for name, type_ in columns)
            database.script(f"CREATE TABLE {table} ({listed})")
            _copy(source, database, table)
            database.script(f"ALTER TABLE {table} ADD PRIMARY KEY ({keys})")
        database.script("CREATE SCHEMA benchmark; CREATE TABLE benchmark.statements (number int, text text)")
        for number, text in source.execute("SELECT query_nr, query FROM tpcds_queries()").fetchall():
            given = (number, text.strip().rstrip(";"))
            database.connection.execute("INSERT INTO benchmark.statements VALUES (%s, %s)", given)
        database.script("VACUUM (ANALYZE)")
    with closing(server.database()) as admin:
        # Only what was loaded whole has the name that is looked for.
        admin.script(f"ALTER DATABASE loading RENAME TO {NAME}")


@contextmanager
def _generated(scale: float) -> Iterator[Any]:
    """A duckdb with the rows, thrown away at the end."""
    try:
        import duckdb
        import duckdb_extension_tpcds
    except ImportError as error:
        raise FileNotFoundError(f"{error.name} is not installed; pip install 'dbengineer[evals]'") from None
    program = next(Path(duckdb_extension_tpcds.__file__).parent.rglob("*.duckdb_extension"))
    with tempfile.TemporaryDirectory() as folder, closing(duckdb.connect(f"{folder}/rows")) as source:
        source.execute(f"LOAD '{program}'")
        source.execute(f"CALL dsdgen(sf = {scale})")
        yield source


def _copy(source: Any, database: Database, table: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        source.execute(f"COPY {table} TO '{path}' (FORMAT csv, HEADER false)")
        with (
            path.open("rb") as file,
            database.connection.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)".encode()) as copy,
        ):
            while piece := file.read(1 << 20):
                copy.write(piece)
