"""Every table of the publishing domain. Importing this package registers them all."""

from workflows.models.decisions import Decision, OpinionDraft, ReturnNotice
from workflows.models.mail import MailChoice
from workflows.models.packages import (
    NumberSeries,
    Package,
    PackageVersion,
    ReadMark,
    StoredFile,
)
from workflows.models.people import (
    LoginAttempt,
    LoginSession,
    Notice,
    Person,
    RoleHolding,
    Unit,
)
from workflows.models.proofs import Proof
from workflows.models.publications import Publication
from workflows.models.repairs import Repair

__all__ = [
    "Decision",
    "LoginAttempt",
    "LoginSession",
    "MailChoice",
    "Notice",
    "NumberSeries",
    "OpinionDraft",
    "Package",
    "PackageVersion",
    "Person",
    "Proof",
    "Publication",
    "ReadMark",
    "Repair",
    "ReturnNotice",
    "RoleHolding",
    "StoredFile",
    "Unit",
]
