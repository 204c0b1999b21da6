"""Text from a database, made safe to look at: what would be invisible or turn the reading direction is spelled out."""

from __future__ import annotations

import re

# Unicode's control and format characters that hide, join or reorder text; line breaks and tabs may stay.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""The text with each invisible character as its code, such as \u202e, so that SQL reads as it runs."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
