"""The text of a statement without what it may hold of somebody's data: literals, comments, words that are no SQL."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Any

# The parser is C and recurses: this many bytes cannot overflow its stack.
PARSED = 16_000
SHOWN = 2_000
"""The most characters that are shown of a statement."""
NAMELESS = "…"
# Of a literal, a comment or a quoted name there is no more than its kind left.
MASKS = {"SQL_COMMENT": "", "C_COMMENT": "", "IDENT": NAMELESS, "UIDENT": NAMELESS}
LITERALS = frozenset({"SCONST", "USCONST", "XCONST", "BCONST", "ICONST", "FCONST"})
QUOTED = re.compile(r"""'.*'|".*"|'.*|".*""", re.DOTALL)


@lru_cache(maxsize=1000)
def fingerprint(sql: str) -> str:
    """What statements have in common that differ in their literals alone; of what is no SQL, the hash of its mask."""
    import postgast

    if len(sql.encode(errors="replace")) <= PARSED and "\0" not in sql:
        try:
            return str(postgast.fingerprint(sql).hex)
        except Exception:  # what the parser cannot do has a mask all the same
            pass
    return "mask-" + hashlib.sha256(masked(sql).encode()).hexdigest()[:16]


def masked(sql: str) -> str:
    """A statement with ? for each literal, without comments and quoted names, at most SHOWN characters long.

    Of a text that does not parse only the key words of SQL are left, since any other word in it may be a value.
    """
    import postgast

    text = sql.replace("\0", " ").encode(errors="replace").decode()
    try:
        tokens = postgast.scan(text).tokens
    except Exception:
        return f"({len(sql)} characters that are no SQL)"
    parses = _parses(text)
    raw = text.encode()
    words = (_word(raw[token.start : token.end].decode(errors="replace"), token, parses) for token in tokens)
    shown = " ".join(filter(None, words))
    return shown if len(shown) <= SHOWN else shown[:SHOWN] + NAMELESS


def unquoted(words: str) -> str:
    """A refusal without what it quotes of the statement."""
    return QUOTED.sub(NAMELESS, words)


def _parses(text: str) -> bool:
    import postgast

    if len(text.encode()) > PARSED:
        return False
    try:
        postgast.parse(text)
    except Exception:
        return False
    return True


def _word(word: str, token: Any, parses: bool) -> str:
    from postgast import pg_query_pb2 as grammar

    try:
        kind = grammar.Token.Name(token.token)
    except ValueError:  # a character that is in no statement
        return NAMELESS
    if kind in LITERALS:
        return "?"
    plain = parses and not word.startswith(('"', "U&", "u&"))
    if kind in MASKS and not (kind == "IDENT" and plain):
        return MASKS[kind]
    return word
