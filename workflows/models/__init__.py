"""Every table of the publishing domain. Importing this package registers them all."""

from workflows.models.accountability import Accountability
from workflows.models.catalogue import CatalogueEdition, Duty, Matter
from workflows.models.decisions import Decision, OpinionDraft, ReturnNotice
from workflows.models.inspections import FileInspection
from workflows.models.mail import MailChoice
from workflows.models.packages import (
    NumberSeries,
    Package,
    PackageVersion,
    ReadMark,
    StoredFile,
)
from workflows.models.parameters import Override, OverrideAsk, RepostSource, RuleSetting
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
    "Accountability",
    "CatalogueEdition",
    "Decision",
    "Duty",
    "FileInspection",
    "LoginAttempt",
    "LoginSession",
    "MailChoice",
    "Matter",
    "Notice",
    "NumberSeries",
    "OpinionDraft",
    "Override",
    "OverrideAsk",
    "Package",
    "PackageVersion",
    "Person",
    "Proof",
    "Publication",
    "ReadMark",
    "Repair",
    "RepostSource",
    "ReturnNotice",
    "RoleHolding",
    "RuleSetting",
    "StoredFile",
    "Unit",
]
