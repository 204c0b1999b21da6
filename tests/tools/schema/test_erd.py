"""The diagram: boxes that do not overlap, lines that go around them, names that cannot break it."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from dbengineer.tools.schema import catalog, dictionary, erd, layout
from dbengineer.tools.schema.catalog import Column, ForeignKey, Schema, Table
from dbengineer.tools.scratch.database import Database

SVG = "{http://www.w3.org/2000/svg}"


def table(number: int, parents: list[int], columns: int = 4) -> Table:
    """A table that refers to others by number."""
    keys = [f"t{p}_id" for p in parents]
    names = ["id", *dict.fromkeys(keys), *(f"c{i}" for i in range(columns))]
    return Table(
        schema_name="public",
        name=f"t{number}",
        qualified=f"public.t{number}",
        kind="table",
        owner="o",
        readable=True,
        columns=tuple(Column(name=n, type="bigint", nullable=n != "id") for n in names),
        primary_key=("id",),
        foreign_keys=tuple(
            ForeignKey(
                name=k,
                columns=(k,),
                references=f"public.t{p}",
                referenced_columns=("id",),
                on_delete="NO ACTION",
                validated=True,
            )
            for k, p in zip(keys, parents, strict=True)
        ),
    )


def schema(count: int, seed: int = 1) -> Schema:
    """A schema of so many tables with some circles, stars and loners in it."""
    dice = random.Random(seed)
    tables = []
    for number in range(count):
        near = range(max(0, number - 12), number + 1)
        parents = dice.sample(near, min(len(near), dice.choice([0, 1, 1, 2, 3])))
        parents += [0] if dice.random() < 0.3 else []
        parents += [dice.randrange(count)] if dice.random() < 0.05 else []
        tables.append(table(number, sorted(set(parents)), dice.randint(0, 9)))
    return Schema(tables=tuple(tables))


@pytest.mark.parametrize(("count", "seed"), [(4, 1), (12, 2), (40, 3), (60, 4), (150, 5)])
def test_boxes_do_not_overlap_and_no_line_runs_through_one(count: int, seed: int) -> None:
    picture = ElementTree.fromstring(erd.svg(schema(count, seed)))
    groups = list(picture.iter(SVG + "g"))
    boxes = [box(g) for g in groups if g.find(SVG + "rect") is not None and g.find(SVG + "title") is not None]
    assert len(boxes) == count
    for a in boxes:
        assert not any(a is not b and meet(a, b) for b in boxes)
    lines = [g.findall(SVG + "path")[0].attrib["d"] for g in picture.iter(SVG + "g") if g.attrib.get("fill") == "none"]
    assert len(lines) == len(erd.relations(list(schema(count, seed).tables)))
    for x, y in (point for line in lines for point in points(line)):
        assert not any(inside(x, y, b) for b in boxes)


Box = tuple[float, float, float, float]


def box(group: ElementTree.Element) -> Box:
    """Left, top, width and height of a table."""
    x, y = (float(n) for n in re.findall(r"-?[\d.]+", group.attrib["transform"]))
    rect = group.find(SVG + "rect")
    assert rect is not None
    return x, y, float(rect.attrib["width"]), float(rect.attrib["height"])


def inside(x: float, y: float, b: Box) -> bool:
    """Whether a point is in a box, and not just on its edge."""
    return b[0] + 1 < x < b[0] + b[2] - 1 and b[1] + 1 < y < b[1] + b[3] - 1


def meet(a: Box, b: Box) -> bool:
    """Whether two boxes overlap."""
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def points(path: str) -> Iterator[tuple[float, float]]:
    """Points of a line that is made of M, C and H; loops of a table on itself are relative and are left out."""
    x = y = 0.0
    for command, rest in re.findall(r"([MCHhc])([^MCHhc]*)", path):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", rest)]
        if command in "hc":
            return
        if command == "M":
            x, y = numbers
        elif command == "H":
            yield from (((x + (numbers[0] - x) * i / 8), y) for i in range(9))
            x = numbers[0]
        else:
            x1, y1, x2, y2, x3, y3 = numbers
            for t in (i / 16 for i in range(17)):
                u = 1 - t
                yield (
                    u**3 * x + 3 * u * u * t * x1 + 3 * u * t * t * x2 + t**3 * x3,
                    u**3 * y + 3 * u * u * t * y1 + 3 * u * t * t * y2 + t**3 * y3,
                )
            x, y = x3, y3


def test_what_refers_is_right_of_what_it_refers_to() -> None:
    placed = layout.place({n: (100.0, 50.0) for n in "abc"}, [("b", "a"), ("c", "b"), ("c", "a")])
    assert placed.nodes["a"].x < placed.nodes["b"].x < placed.nodes["c"].x
    assert len(placed.routes["c", "a"]) == 3


@pytest.mark.parametrize("count", [301, 2000])
def test_a_very_large_schema_is_drawn_quickly_as_names_only(count: int) -> None:
    large = schema(count)
    started = time.perf_counter()
    picture = ElementTree.fromstring(erd.svg(large, {"public.t7": "critical"}))
    assert time.perf_counter() - started < 5
    chips = [r for r in picture.iter(SVG + "rect") if r.attrib.get("rx") == "3"]
    assert len(chips) == count
    assert len({(r.attrib["x"], r.attrib["y"]) for r in chips}) == count
    assert float(picture.attrib["width"]) < 12000


def test_above_sixty_tables_only_keys_are_shown() -> None:
    assert "c0" in erd.svg(schema(60))
    assert ">c0<" not in erd.svg(schema(61))
    assert "key columns only" in erd.svg(schema(61))


ODD = """
CREATE SCHEMA "Weird ""schema";
CREATE TABLE "Weird ""schema"."select" ("from" int PRIMARY KEY, "a b" text, "<tag>&amp;" text, "]]>" numeric(10, 2));
CREATE TABLE "Weird ""schema"."%%{init}; --" ("1st" int UNIQUE REFERENCES "Weird ""schema"."select", "" text);
""".replace('"" text);', '"\x01" text, "|" text);')


def test_odd_names_break_neither_picture_nor_text(database: Database) -> None:
    database.script(ODD)
    odd = catalog.read(database)
    ElementTree.fromstring(erd.svg(odd, title="<b> & \x02"))
    lines = erd.mermaid(odd).splitlines()
    names = [line for line in lines if line.endswith("{")]
    assert names == [
        '    t0["#quot;Weird #quot;#quot;schema#quot;.#quot;%%{init}; --#quot;"] {',
        '    t1["#quot;Weird #quot;#quot;schema#quot;.#quot;select#quot;"] {',
    ]
    attributes = [line for line in lines if line.startswith("        ")]
    assert all(
        re.fullmatch(r'        [A-Za-z][\w()\[\]]* [A-Za-z][\w()\[\]]*( (PK|FK|UK)(, (PK|FK|UK))*)?( "[^"]*")?', a)
        for a in attributes
    )
    assert lines[-1] == '    t1 |o--o| t0 : "1st"'
    assert "\\|" in dictionary.markdown(odd, "odd")


def test_partitions_are_parts_of_their_table(database: Database) -> None:
    database.script("CREATE TABLE e (at date) PARTITION BY RANGE (at)")
    database.script("CREATE TABLE e1 PARTITION OF e FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')")
    picture = erd.svg(catalog.read(database))
    assert "1 partitions" in picture
    assert ">e1<" not in picture


def test_the_dictionary_tells_every_table_and_column(database: Database) -> None:
    database.script("CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL); COMMENT ON TABLE users IS 'people'")
    database.script("CREATE TABLE tasks (id int PRIMARY KEY, owner int REFERENCES users ON DELETE CASCADE)")
    database.script("COMMENT ON COLUMN users.email IS 'where to write to'; CREATE VIEW v AS SELECT 1 AS one")
    text = dictionary.markdown(catalog.read(database), "shop")
    for line in (
        "| public.users | 0 | 8.19 kB | 2 |  | people |",
        "| email | text | no |  | where to write to |",
        "- (owner) references public.users (id), on delete cascade",
        "- referenced by public.tasks (owner)",
        "## public.v (view)",
    ):
        assert line in text.splitlines() or line in text, text
