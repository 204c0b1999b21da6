"""A wish in words as the plain change of the schema that it means: all that a model adds to a draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from dbengineer import prompts
from dbengineer.agent import briefing, view
from dbengineer.agent.model import ModelFailed
from dbengineer.tools.facts import Fact
from dbengineer.tools.migrations import drafted
from dbengineer.tools.toolbox import ToolError
from dbengineer.tools.workbench import Workbench

if TYPE_CHECKING:
    from dbengineer.agent.openai_model import OpenAIModel
    from dbengineer.agent.settings import Settings

LINES = 12_000
"""How many characters of a schema a model is shown."""


class Change(Fact):
    """The change that the model takes the wish for."""

    sql: str = Field(max_length=4000)


def model(settings: Settings) -> OpenAIModel:
    """The configured model; raises ToolError, which says what to do without one."""
    if not settings.has_model:
        raise ToolError(
            "a wish in words needs a model: set DBENGINEER_BASE_URL and DBENGINEER_MODEL; without one, write the "
            "wanted schema as SQL and give it with --to desired.sql"
        )
    from dbengineer.agent.openai_model import OpenAIModel

    return OpenAIModel(settings)


def change(asked: OpenAIModel, bench: Workbench, wish: str) -> str:
    """The SQL that the wish means; raises ToolError where the model fails or wants what no draft may hold."""
    boundary = view.boundary()
    told = prompts.fill(
        "wish",
        boundary=boundary,
        database=view.fenced(bench.target.database),
        version=str(bench.target.version // 10000),
        tables=view.fenced(view.within(list(_tables(bench)), LINES)),
        wish=view.fenced(view.visible(wish)),
    )
    messages = [
        {"role": "system", "content": briefing.system(boundary)},
        {"role": "user", "content": told},
    ]
    bench.progress("asking the model which change that is")
    try:
        answer = Change.model_validate(asked.wire.json(messages, "change", Change.model_json_schema()))
    except ModelFailed as error:
        raise ToolError(f"the model could not say which change is wanted: {error}") from None
    except ValidationError:
        raise ToolError("the model did not answer with a change; say it in other words, or use --to") from None
    if why := drafted.refusal(answer.sql, keeps_rows=False):
        raise ToolError(f"the change that the model proposes is not drafted: {why}")
    return answer.sql


def _tables(bench: Workbench) -> Iterator[str]:
    for table in bench.schema.tables:
        columns = ", ".join(f"{c.name} {c.type}{'' if c.nullable else ' NOT NULL'}" for c in table.columns)
        yield view.visible(f"{table.qualified} ({columns})")
