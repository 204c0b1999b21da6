"""Normal forms: what the rows say about columns that hang on each other, and what they do not."""

from __future__ import annotations

from collections.abc import Callable

from dbengineer.tools.schema import catalog, normalize
from dbengineer.tools.schema.catalog import Table
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.workbench import Rows, Workbench


def dependencies(database: Database, name: str) -> list[tuple[str, tuple[str, ...]]]:
    """Determinants and what hangs on them."""
    found = catalog.read(database).table(name)
    assert isinstance(found, Table)
    return [(d.determinant, d.dependents) for d in normalize.dependencies(database, found)]


def test_an_address_that_follows_from_the_customer_is_found(database: Database) -> None:
    database.script("""
        CREATE TABLE public.customers (id int PRIMARY KEY);
        INSERT INTO public.customers SELECT generate_series(1, 40);
        CREATE TABLE public.orders (id int PRIMARY KEY, customer int REFERENCES public.customers, ship_city text,
            ship_country text, total int, paid boolean);
        INSERT INTO public.orders SELECT i, i % 40 + 1, 'city' || i % 40, 'country' || (i % 40) % 3, (i * 7919) % 1000,
            i % 40 < 20 FROM generate_series(1, 400) i""")
    assert dependencies(database, "public.orders")[0] == ("customer", ("ship_city", "ship_country"))


def test_few_rows_few_values_and_keys_are_no_dependency(database: Database) -> None:
    database.script("""
        CREATE TABLE public.tracks (id int PRIMARY KEY, album int, price numeric, length int);
        INSERT INTO public.tracks SELECT i, i / 10, (i / 10) % 2, (i * 7919) % 997 FROM generate_series(1, 500) i;
        CREATE TABLE public.small (a int, b text);
        INSERT INTO public.small SELECT i % 5, i % 5 FROM generate_series(1, 40) i""")
    assert dependencies(database, "public.tracks") == []
    assert dependencies(database, "public.small") == []


def test_days_decide_nothing_and_nothing_decides_when_a_row_was_written(database: Database) -> None:
    database.script("""
        CREATE TABLE public.parcels (id int PRIMARY KEY, sent_on date, due_on date, clerk int, last_name text,
            last_update timestamptz);
        INSERT INTO public.parcels SELECT i, date '2026-01-01' + i / 20, date '2026-02-01' + i / 20, i % 12,
            'n' || i % 12, timestamptz '2026-01-01' + i % 12 * interval '1 day' FROM generate_series(1, 400) i""")
    assert dependencies(database, "public.parcels") == [("clerk", ("last_name",))]


def test_a_column_of_a_link_that_its_parent_has_too_is_a_hint(database: Database) -> None:
    database.script("""
        CREATE TABLE public.products (id int PRIMARY KEY, price numeric, created_at date, last_update date);
        CREATE TABLE public.lines (invoice int, product int REFERENCES public.products, price numeric, created_at date,
            last_update date, PRIMARY KEY (invoice, product))""")
    (hint,) = normalize.structural(catalog.read(database))
    assert (hint.check, hint.object, hint.severity) == ("normal_form_2", "public.lines", "info")
    assert hint.detail.startswith("price: also in public.products")


def test_without_leave_to_copy_rows_the_review_says_what_it_did_not_look_at(
    make_bench: Callable[[Rows], Workbench],
) -> None:
    without, with_rows = (normalize.review(make_bench(rows)).coverage[0] for rows in ("none", "copy"))
    assert (without.examined, without.total, "may not be copied" in without.because) == (0, 2, True)
    assert (with_rows.examined, with_rows.total) == (2, 2)
