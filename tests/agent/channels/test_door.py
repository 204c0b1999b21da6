"""The door of the server, around an application that breaks off while it answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from anyio import BrokenResourceError

from dbengineer.agent.channels.door import Door
from dbengineer.agent.channels.metrics import Metrics
from dbengineer.agent.configuration import Limits


def asked(*errors: Exception) -> None:
    """One request whose answer ends in errors."""

    async def breaking(scope: Any, receive: Any, send: Any) -> None:
        raise ExceptionGroup("unhandled errors in a TaskGroup", list(errors))

    async def nothing(*given: Any) -> dict[str, Any]:
        return {}

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/healthz", "query_string": b"", "client": None}
    scope |= {"server": ("127.0.0.1", 80), "scheme": "http", "headers": [(b"host", b"127.0.0.1")]}
    asyncio.run(Door(breaking, {}, Limits(), Metrics())(scope, nothing, nothing))


def test_a_client_that_leaves_while_it_is_answered_is_no_error() -> None:
    asked(BrokenResourceError())


def test_what_fails_beside_a_client_that_left_is_one() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        asked(BrokenResourceError(), KeyError("lost"))
    assert [type(error) for error in raised.value.exceptions] == [KeyError]
