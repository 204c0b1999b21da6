"""The guard: the one place where SQL for the target is allowed or refused."""

from dbengineer.tools.guard.reading import check
from dbengineer.tools.guard.verdict import Allowed, Refused, Verdict

__all__ = ["Allowed", "Refused", "Verdict", "check"]
