"""The functions that a read may call: the reviewed list in functions.txt."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from dbengineer.tools.facts import Fact

FILE = Path(__file__).with_name("functions.txt")
NOT_EXTENSIONS = frozenset({"pg_catalog", "information_schema", "ours", "refused"})


class Functions(Fact):
    """Names by section; `extensions` also holds operators, `refused` says why of each name."""

    pg_catalog: frozenset[str]
    information_schema: frozenset[str]
    ours: frozenset[str]
    refused: dict[str, str]
    extensions: dict[str, frozenset[str]]
    of_any_extension: frozenset[str]

    def may_call(self, schema: str, name: str, extensions: frozenset[str]) -> bool:
        """Whether a read may call this function or operator; `schema` is empty where the call names none.

        A call without a schema can only reach pg_catalog, because the target pins its search path to it.
        """
        if schema in ("", "pg_catalog"):
            return name in self.pg_catalog or name in self.of_any_extension
        if schema == "information_schema":
            return name in self.information_schema
        return any(name in self.extensions.get(extension, frozenset()) for extension in extensions)


def parse(text: str) -> Functions:
    """Reads the format of functions.txt: `[section]` lines, then a name a line; in `[refused]` a reason after it."""
    sections: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("[") and line.endswith("]") and len(line) > 2:
            entries = sections.setdefault(line[1:-1], [])
        elif not line.startswith("# "):
            entries.append(line)
    extensions = {name: frozenset(names) for name, names in sections.items() if name not in NOT_EXTENSIONS}
    return Functions(
        pg_catalog=frozenset(sections["pg_catalog"]),
        information_schema=frozenset(sections["information_schema"]),
        ours=frozenset(sections["ours"]),
        refused=dict(line.split(" ", 1) for line in sections["refused"]),
        extensions=extensions,
        of_any_extension=frozenset().union(*extensions.values()),
    )


@cache
def functions() -> Functions:
    """The reviewed list, read once."""
    return parse(FILE.read_text(encoding="utf-8"))
