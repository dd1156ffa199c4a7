"""Which conditional stages an item needs, read from its metadata (domain:C3, C8).

Pure: the handlers of the process and the final gate ask the same functions.
"""

from __future__ import annotations

from workflows.content import Metadata


def third_party_opinion(metadata: Metadata) -> bool:
    """条例 arts 15 and 32: who is concerned is asked first."""
    return metadata.concerns_third_party


def inter_agency_confirmation(metadata: Metadata) -> bool:
    """条例 art. 11: what concerns other organs is agreed with them; domain:C8: of what is sensitive, the
    offices for the internet and for publicity are asked."""
    return metadata.concerns_other_agencies or metadata.info_class == "C"


def legality_review(metadata: Metadata) -> bool:
    """Normative documents and major decisions, and whatever the drafter marked besides."""
    return metadata.normative or metadata.major_decision or metadata.legality_required


def principal_review(metadata: Metadata) -> bool:
    """domain:C8: a sensitive item is signed by the principal."""
    return metadata.info_class == "C"


def cosigned(metadata: Metadata) -> bool:
    """domain:C8: an important item is signed by the deputy and the principal, both."""
    return metadata.info_class == "B"


def signed_by_principal(metadata: Metadata) -> bool:
    """Alone or beside the deputy."""
    return principal_review(metadata) or cosigned(metadata)


def read_aloud(metadata: Metadata) -> bool:
    """domain:C8: important and sensitive items, and normative documents, are read aloud."""
    return metadata.info_class in {"B", "C"} or metadata.normative


#: Stage -> whether this metadata asks for it.
CONDITIONAL = {
    "third_party_opinion": third_party_opinion,
    "inter_agency_confirmation": inter_agency_confirmation,
    "legality_review": legality_review,
    "principal_review": signed_by_principal,
    "read_aloud": read_aloud,
}
