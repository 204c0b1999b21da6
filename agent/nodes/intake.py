"""Intake: what was asked for, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent.context import Context
from dbengineer.agent.state import State


def intake(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Notes the beginning and names the database that was opened."""
    context = runtime.context
    target = context.bench.target
    request = state["request"].model_copy(update={"server": target.server, "database": target.database})
    shown = f"rows and literals of {target.server}/{target.database} were open to the model {context.model.name}"
    notes = [f"{shown}, because DBENGINEER_MODEL_SEES_ROWS_OF names it"] if context.model.may_see_rows(request) else []
    return {"request": request, "started": datetime.now(UTC), "retries": 0, "notes": notes}
