"""Every check fires on its bad case, is silenced by its own fix, and is silent on its good case."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dbengineer.tools import checking
from dbengineer.tools.facts import Coverage
from dbengineer.tools.scratch.database import Database

CASES = Path(__file__).parent / "checks"
SECTION = re.compile(r"^-- (bad|good|repair|undo)(?:: *(.*))?$", re.MULTILINE)


def sections(name: str) -> dict[str, tuple[str, str]]:
    """The parts of a case file: its name → (what stands behind the colon, SQL)."""
    parts = SECTION.split((CASES / f"{name}.sql").read_text())
    return {key: (words or "", sql) for key, words, sql in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)}


def found(name: str, database: Database) -> list[checking.Finding]:
    """The findings of one check on a scratch database; the check has to run."""
    check = checking.all_checks()[name]
    everything = Coverage(what=check.examines, examined=1, total=1)
    outcome = checking.run(check, database, everything)
    assert outcome.coverage.complete, outcome.coverage.because
    return list(outcome.findings)


@pytest.mark.parametrize("name", checking.all_checks())
def test_a_check_fires_on_its_bad_case_and_its_fix_silences_it(name: str, database: Database) -> None:
    parts = sections(name)
    expected, setup = parts["bad"]
    database.script(setup)
    findings = found(name, database)
    assert [f.object for f in findings] == [
        word.strip() for word in expected.replace("{database}", database.name).split(";")
    ]
    if "repair" in parts:
        database.script(parts["repair"][1])
    else:
        for finding in findings:
            database.script(finding.fix)
    assert found(name, database) == []


@pytest.mark.parametrize("name", checking.all_checks())
def test_a_check_is_silent_on_its_good_case(name: str, database: Database) -> None:
    database.script(sections(name)["good"][1])
    assert found(name, database) == []


def test_every_check_has_a_case_and_every_case_a_check() -> None:
    assert {path.stem for path in CASES.glob("*.sql")} == set(checking.all_checks())


def test_every_check_examines_a_scope_that_can_be_counted(database: Database) -> None:
    for check in checking.all_checks().values():
        coverage = checking.extent(database, check.examines)
        assert coverage.because == "" or coverage.examined < coverage.total, check.name
