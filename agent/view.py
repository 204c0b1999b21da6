"""What leaves for a model: names, counts, plans and statements without values; the only way from a run to a prompt.

Every text passes `View.text`. Rows and literals pass only where the user has named this database for it; what tools say
is cut down here as well, so that no tool has to be trusted with it.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from dbengineer.agent.state import Made, State, findings
from dbengineer.tools.facts import Fact, Finding, Proof, Recommendation

LIMIT = 12_000
"""How many characters of a run a model is shown at most; the most severe findings come first."""
GLANCE = 4_000
"""The same where a model only decides what to look at next."""
LINE = 600
"""How many characters one line of it may have."""
MASK = "?"

# Our own words with an apostrophe, which begins no literal.
POSSESSIVE = re.compile(
    r"\b(application|check|column|copy|database|owner|person|plan|planner|PostgreSQL|role|rule|server|statement|table|"
    r"target|way)'(?=s\s)"
)
LITERAL = re.compile(
    r"/\*.*?(?:\*/|\Z)"  # a comment, also one that was cut
    r"|--(?!rows copy)[^\n]*"
    r"|\$(\w*)\$.*?(?:\$\1\$|\Z)"  # a dollar quote
    r"|\b(?:[EBXN]|U&)?'(?:[^'\\]|''|\\.)*(?:'|\Z)|'(?:[^'\\]|''|\\.)*(?:'|\Z)"
    r"|(?<=: )\"[^\"]*(?:\"|\Z)|(?<=near )\"[^\"]*(?:\"|\Z)"  # what an error quotes; names stand after other words
    r"|(?<=[=<>])\s*-?\d[\d.e+-]*"
    r"|(?<![\w.,])\d{7,}\b"
    r"|[^\s@,;()]+@[\w-]+(?:\.[\w-]+)+",
    re.DOTALL | re.IGNORECASE,
)
# Where a check reads what sessions, functions and statistics hold as free text; only its own words leave then.
FREE = re.compile(
    r"\.(query|application_name|prosrc|gid|error|setting|most_common_vals|histogram_bounds)\b|description\("
)
WORD = re.compile(r"[^\W\d_]\w*")
ROWS = re.compile(r"(\d+) rows?( \(cut at the limit\))?")


class View(Fact):
    """What a model may see of a run; `rows` is the user's leave to show it rows and literals of this database."""

    rows: bool = False

    def seen(self, state: State, limit: int = LIMIT) -> str:
        """The run so far, in lines that fit the limit in characters; what was left out is counted."""
        lines = [*map(self._call, state.get("made", [])), *map(self._finding, by_severity(findings(state)))]
        lines += [f"recommended {r.id}: {self.line(r.title)} | {self.sql(r.sql)}" for r in proposed_by_tools(state)]
        return within(lines, limit)

    def reasons(self, given: Iterable[str], limit: int) -> str:
        """Reasons of refusals, within a limit."""
        return within([self.line(reason) for reason in given], limit)

    def change(self, recommendation: Recommendation) -> str:
        """A change for its reviewer."""
        return fenced(f"{self.line(recommendation.title)}\n{self.sql(recommendation.sql)}")

    def proof(self, proof: Proof | None) -> str:
        """What the trial of a change has shown."""
        return fenced(f"{proof.verdict}: {self.line(proof.reason)}" if proof else "not tried")

    def text(self, text: str) -> str:
        """A text without literals where they may not be seen, and without characters that cannot be seen."""
        return visible(text if self.rows else LITERAL.sub(MASK, POSSESSIVE.sub("\\1’", text)))

    def line(self, text: str) -> str:
        """The same on one line that is not too long."""
        line = self.text(text).replace("\n", " ")
        return line if len(line) <= LINE else line[:LINE] + "…"

    def sql(self, sql: str) -> str:
        """SQL without its constants, where they may not be seen."""
        from dbengineer.tools.plans.literals import masked

        return self.line(sql if self.rows else masked(sql))

    def summary(self, made: Made) -> str:
        """What a call had to say, without what may not be seen."""
        said = made.refused or (made.result.summary if made.result else "")
        if made.call.tool == "query" and made.result and not self.rows:
            said = about(said)
        return "\n".join(self.line(line) for line in said.splitlines()[:30])

    def _call(self, made: Made) -> str:
        cited = " ".join(made.result.evidence[-3:]) if made.result else ""
        lines = self.summary(made).replace("\n", " / ")
        unseen = [c for c in made.result.coverage if not c.complete] if made.result else []
        left = "".join(f"; of {c.what} {c.examined} of {c.total} were looked at" for c in unseen[:5])
        return f"called {visible(made.call.tool)[:60]}: {lines}{left} [{cited}]"

    def _finding(self, finding: Finding) -> str:
        thing, detail = finding.object, finding.detail
        if not self.rows and finding.check in free():
            words = free()[finding.check]
            thing, detail = (own(text, words, finding.object if text is detail else "") for text in (thing, detail))
        return (
            f"{finding.severity} {finding.check} {self.line(thing)}: {self.line(detail)} [{' '.join(finding.evidence)}]"
        )


def within(lines: list[str], limit: int) -> str:
    """As many whole lines as the limit allows, and how many more there are."""
    kept: list[str] = []
    for line in lines:
        limit -= len(line) + 1
        if limit < 0:
            break
        kept.append(line)
    left = len(lines) - len(kept)
    return fenced("\n".join(kept + ([f"({left} more left out)"] if left else [])))


def boundary() -> str:
    """A name for the fences of one prompt, which nothing in a database can know."""
    return f"data-{secrets.token_hex(8)}"


def fenced(text: str) -> str:
    """The text without anything that could end the fence it stands in."""
    return text.replace("<", "‹").replace(">", "›")


def visible(text: str) -> str:
    """Characters that steer a terminal or hide from a reader are spelled by their number."""
    return "".join(c if c == "\n" or unicodedata.category(c)[0] not in "CZ" or c == " " else spelled(c) for c in text)


def spelled(character: str) -> str:
    """A character by its number in Unicode; spaces of other widths are spaces."""
    if unicodedata.category(character) == "Zs" or character == "\t":
        return " "
    return f"‹U+{ord(character):04X}›"


def about(said: str) -> str:
    """How many rows a read gave, roughly: an exact number can carry a value out, ten bits a call."""
    found = ROWS.match(said)
    number = int(found[1]) if found else 0
    many = "no row" if number == 0 else "one row" if number == 1 else "several rows"
    return f"{many}{found[2] or '' if found else ''}; the values are not shown to a model"


def own(text: str, words: frozenset[str], name: str) -> str:
    """A text of which only the given words, numbers and the parts of a name are left."""
    known = words | {w.lower() for w in WORD.findall(name)}
    return re.sub(r"(\? ?)+", "? ", WORD.sub(lambda w: w[0] if w[0].lower() in known else MASK, text))


@cache
def free() -> dict[str, frozenset[str]]:
    """The checks that read free text, each with the words of its own SQL."""
    from dbengineer.tools import checking

    texts = {name: "\n".join(q.sql for q in c.queries) for name, c in checking.all_checks().items()}
    return {name: frozenset(w.lower() for w in WORD.findall(sql)) for name, sql in texts.items() if FREE.search(sql)}


def by_severity(every: list[Finding]) -> list[Finding]:
    """The findings, worst first."""
    from dbengineer.tools.facts import SEVERITIES

    return sorted(every, key=lambda f: SEVERITIES.index(f.severity))


def proposed_by_tools(state: State) -> list[Recommendation]:
    """The recommendations that tools made in this run."""
    return [r for made in state.get("made", []) if made.result for r in made.result.recommendations]


# What a reader's program would fetch or follow by itself: images, links, references, tags.
DEFUSED = (("](", "] ("), ("]:", "] :"), ("://", "[:]//"), ("<", "‹"), (">", "›"), ("www.", "www[.]"))


def defused(text: str) -> str:
    """A text of a model in which nothing can be clicked or loads by itself, and no character is hidden."""
    for live, dead in DEFUSED:
        text = text.replace(live, dead)
    return visible(text)


def defused_stream(pieces: Iterable[str]) -> Iterator[str]:
    """The same, piece by piece: a piece waits until its last word has ended, so that no link comes apart."""
    waiting = ""
    for piece in pieces:
        waiting += piece
        ended = max(waiting.rfind(" "), waiting.rfind("\n")) + 1
        if ended:
            yield defused(waiting[:ended])
            waiting = waiting[ended:]
    if waiting:
        yield defused(waiting)
