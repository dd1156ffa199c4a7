"""Which conditional stages an item needs, read from its metadata (domain:C3, C8).

Pure: the handlers of the process and the final gate ask the same functions.
"""

from __future__ import annotations

from workflows.content import Metadata


def third_party_opinion(metadata: Metadata) -> bool:
    """条例 arts 15 and 32: who is concerned is asked first."""
    return metadata.concerns_third_party


def inter_agency_confirmation(metadata: Metadata) -> bool:
    """条例 art. 11: what concerns other organs is agreed with them."""
    return metadata.concerns_other_agencies


def legality_review(metadata: Metadata) -> bool:
    """Normative documents and major decisions, and whatever the drafter marked besides."""
    return metadata.normative or metadata.major_decision or metadata.legality_required


def principal_review(metadata: Metadata) -> bool:
    """domain:C8: a sensitive item is signed by the principal."""
    return metadata.info_class == "C"


def read_aloud(metadata: Metadata) -> bool:
    """domain:C8: important and sensitive items, and normative documents, are read aloud."""
    return metadata.info_class in {"B", "C"} or metadata.normative


#: Stage -> whether this metadata asks for it.
CONDITIONAL = {
    "third_party_opinion": third_party_opinion,
    "inter_agency_confirmation": inter_agency_confirmation,
    "legality_review": legality_review,
    "principal_review": principal_review,
    "read_aloud": read_aloud,
}
