"""The index advisor and the shadow as their users meet them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dbengineer.agent.channels import indexing
from dbengineer.tools.scratch import folders

PARCELS = """
CREATE TABLE parcels (id int PRIMARY KEY, sender int NOT NULL, city text NOT NULL, sent date NOT NULL, note text);
INSERT INTO parcels SELECT i, i % 3000, 'c' || i % 40, date '2026-01-01' + i % 300, repeat('n', 50)
    FROM generate_series(1, 60000) i;
CREATE INDEX parcels_city ON parcels (city);
CREATE INDEX parcels_city_again ON parcels (city);
ANALYZE;
GRANT SELECT ON parcels TO reader;
"""
ASKED = """
SELECT id, note FROM parcels WHERE sender = 17 ORDER BY sent;
SELECT count(*) FROM parcels WHERE city = 'c3';
CREATE TEMP TABLE mine (id int);
SELECT nobody FROM parcels;
SELECT id FROM FROM parcels;
"""


@pytest.fixture(scope="session")
def parcels(cluster: Any) -> str:
    """A database that lacks one index and has another one twice."""
    address: str = cluster.make("parcels", PARCELS)
    return address


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A file of SQL, some of which cannot be planned."""
    file = tmp_path / "asked.sql"
    file.write_text(ASKED)
    return file


@pytest.fixture
def no_shadow_left() -> Iterator[None]:
    """The kept shadows that a test made go with it."""
    home = folders.kept_folder("shadows")
    before = set(home.glob("*")) if home.exists() else set()
    yield
    for made in set(home.glob("*")) - before:
        shutil.rmtree(made)


def test_the_best_set_is_found_with_a_bound_and_what_was_left_out_is_named(
    dbengineer: Any, parcels: str, asked: Path
) -> None:
    words = ("indexes", parcels, "--workload", asked, "--budget", "10MB")
    told, shown = dbengineer.several([*words, "--json"], [*words, "--at-most", "public.parcels=0"])
    assert told.status == 0, told
    answer = json.loads(told.out)
    assert "public.parcels (sender" in answer["indexes"][0]["ddl"]
    assert answer["ratio"] == pytest.approx(answer["cost"] / answer["base_cost"], abs=1e-3)
    assert answer["bound"] <= answer["cost"] < answer["base_cost"]
    assert 0 < answer["bytes"] == sum(i["bytes"] for i in answer["indexes"]) <= 10 << 20
    assert answer["proof"] == "near-optimal for the planner; not run"
    assert len(answer["drops"]) == 1
    assert "parcels_city" in answer["drops"][0]["ddl"]
    assert answer["regressions"] == []
    assert {u["reason"] for u in answer["unplanned"]} >= {
        'column "nobody" does not exist',
        "it is no SELECT, INSERT, UPDATE, DELETE or MERGE",
    }
    assert len(answer["unplanned"]) == 3
    assert answer["looked_at"]["total"] - answer["looked_at"]["examined"] == 3
    assert answer["calibration"]["same_plan_share"] == 1.0
    assert "Not planned" in shown.out
    assert shown.out.startswith("0 indexes of")


def test_by_running_it_tells_times_and_what_got_slower(dbengineer: Any, parcels: str, asked: Path) -> None:
    said = dbengineer(
        *("indexes", parcels, "--workload", asked, "--budget", "10MB", "--prove", "run", "--rows", "copy"),
        *("--seconds", "5", "--json"),
    )
    assert said.status == 0, said
    answer = json.loads(said.out)
    assert "running" in answer["proof"]
    assert answer["time_ratio"] == pytest.approx(answer["ms"] / answer["base_ms"], abs=1e-3)
    assert answer["time_ratio"] < 0.9
    assert any("sender" in i["ddl"] for i in answer["indexes"])
    assert all(s["ms"] is not None for s in answer["statements"])


def test_what_cannot_be_is_refused_with_the_way_out(dbengineer: Any, parcels: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.sql"
    empty.write_text("-- nothing\n")
    dbengineer.refuses_each(
        (["indexes", parcels, "--prove", "run"], "--rows copy"),
        (["indexes", parcels], "--workload FILE"),
        (["indexes", parcels, "--workload", empty], "give a file of SQL"),
        (["indexes", parcels, "--workload", tmp_path / "none.sql"], "there is no file"),
        (["indexes", parcels, "--budget", "much"], "500MB"),
    )


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("8192", 8192), ("1kB", 1024), ("1.5MB", 1572864), ("2g", 2 << 30)]
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert indexing._size(text) == size


@pytest.mark.usefixtures("no_shadow_left")
def test_the_shadow_is_made_once_kept_and_refreshed(dbengineer: Any, cluster: Any, parcels: str, asked: Path) -> None:
    words = ("shadow", parcels, "--workload", asked, "--json")
    first, second = (json.loads(said.out) for said in dbengineer.several(words, words))
    with closing(cluster.server.database("parcels")) as owner:
        owner.script("INSERT INTO parcels SELECT -i, 1, 'c', now() FROM generate_series(1, 99) i; ANALYZE")
    third = json.loads(dbengineer(*words).out)
    assert [first["state"], second["state"], third["state"]] == ["made", "warm", "refreshed"]
    assert first["same_plan_share"] == second["same_plan_share"] == 1.0
    assert first["bytes"] < 60_000_000
    assert first["compared"] == 2


def test_what_if_shows_which_plans_change_and_what_was_assumed(
    dbengineer: Any, parcels: str, asked: Path, tmp_path: Path
) -> None:
    words = ("whatif", parcels, "--workload", asked, "--grow", "public.parcels=50", "--set", "enable_bitmapscan=off")
    told, shown = dbengineer.several([*words, "--json", "--draw", tmp_path / "drawn"], words)
    assert told.status == 0, told
    answer = json.loads(told.out)
    line = next(s for s in answer["statements"] if "city" in s["text"])
    assert not line["same_plan"]
    assert line["before"] != line["after"]
    assert all(Path(file).read_text().startswith("<svg") for file in answer["drawn"])
    assert answer["changed"] == len(answer["drawn"]) > 0
    assert len(answer["unplanned"]) == 3
    assert "Assumed: tables and indexes" in shown.out
    dbengineer.refuses_each(
        (["whatif", parcels, "--workload", asked], "give a setting"),
        (["whatif", parcels, "--workload", asked, "--grow", "parcels"], "write it as public.orders=10"),
    )
