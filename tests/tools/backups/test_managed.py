"""Which service a server belongs to."""

from __future__ import annotations

import pytest

from dbengineer.tools.backups import managed
from dbengineer.tools.scratch.database import Database


@pytest.mark.parametrize(
    ("roles", "settings", "aurora", "expected"),
    [
        ([], [], False, ""),
        (["rds_superuser"], ["rds"], False, "rds"),
        (["rds_superuser"], ["rds"], True, "aurora"),
        (["cloudsqlsuperuser"], [], False, "cloudsql"),
        (["supabase_admin"], [], False, "supabase"),
        ([], ["azure"], False, "azure"),
        (["neon_superuser"], [], False, "neon"),
    ],
)
def test_a_service_gives_itself_away(roles: list[str], settings: list[str], aurora: bool, expected: str) -> None:
    assert managed.service(roles, settings, aurora) == expected


def test_a_server_of_ones_own_shows_no_sign(database: Database) -> None:
    signs = database.query(managed.SIGNS)[0]
    assert managed.service(signs["roles"] or [], signs["settings"] or [], signs["aurora"]) == ""
