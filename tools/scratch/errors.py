"""What can go wrong with the scratch server, in one exception."""

from __future__ import annotations


class ScratchError(RuntimeError):
    """The scratch server could not do its work; the text says why and what would help."""
