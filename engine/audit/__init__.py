"""Evidence: what was done, by whom, when, chained per case so that later changes show."""

from engine.audit.log import append, entries
from engine.audit.verify import Verified, VerifiedAll, verify_all, verify_case

__all__ = ["Verified", "VerifiedAll", "append", "entries", "verify_all", "verify_case"]
