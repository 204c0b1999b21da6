"""Intake: what was asked for, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from langgraph.runtime import Runtime

from dbengineer.agent.context import Context
from dbengineer.agent.state import State


def intake(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Notes the beginning and names the database that was opened."""
    request = state["request"].model_copy(update={"database": runtime.context.bench.target.database})
    return {"request": request, "started": datetime.now(UTC), "retries": 0}
