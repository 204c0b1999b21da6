"""A workload that a person gives as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbengineer.tools.queries import given


def test_a_folder_of_files_is_one_workload_and_what_stands_twice_counts_twice(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.sql").write_text(
        "SELECT 1 FROM a WHERE x = 1;\n-- a remark; with a semicolon\nSELECT 1 FROM a WHERE x = 2;"
    )
    (tmp_path / "deep" / "b.sql").write_text("\ufeffSELECT 1 FROM a WHERE x = 1;\nDELETE FROM b WHERE note = 'a;b'")
    (tmp_path / "c.txt").write_text("SELECT 3")
    found = given.read(tmp_path)
    calls = {s.text.splitlines()[-1]: s.calls for s in found.workload.statements}
    assert calls == {
        "SELECT 1 FROM a WHERE x = 1": 2,
        "SELECT 1 FROM a WHERE x = 2": 1,
        "DELETE FROM b WHERE note = 'a;b'": 1,
    }
    names = [s.fingerprint for s in found.workload.statements]
    assert len(set(names)) == 3, "statements that differ in constants only are planned apart"
    assert found.refused == {}


def test_what_is_no_statement_is_named_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "w.sql"
    file.write_text("SELECT 1;\nSELECT FROM FROM a;\nVACUUM;\n\\d a\n;\nSELECT 2;\n")
    found = given.read(file)
    assert [s.text for s in found.workload.statements] == ["SELECT 1", "SELECT 2"]
    assert sorted(why.partition(":")[0] for why in found.refused.values()) == [
        "it cannot be read",
        "it cannot be read",
        "it is no SELECT, INSERT, UPDATE, DELETE or MERGE",
    ]
    assert found.workload.coverage.examined == 2
    assert not found.workload.coverage.complete


@pytest.mark.parametrize(
    ("name", "content"), [("none.sql", None), ("empty.sql", b"-- no\n"), ("bytes.sql", b"\xff\xfe;")]
)
def test_a_file_that_holds_nothing_is_refused(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(given.BadWorkload, match="give a file of SQL"):
        given.read(tmp_path / name)


def test_a_folder_without_sql_is_refused(tmp_path: Path) -> None:
    with pytest.raises(given.BadWorkload, match=r"\*\.sql"):
        given.read(tmp_path)
