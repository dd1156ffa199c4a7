"""GF, the last gate: re-reads decisions and versions inside the releasing transaction (domain:C4).

It does not believe the process: what stands is computed again from the rows. Nobody can pass it by,
and what it cannot check yet it calls 尚未检查, never passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.models import ProcessInstance
from engine.text import Sentence
from workflows import (
    changes,
    content,
    overrides,
    parameters,
    profiles,
    requirements,
    routes,
    routing,
    separation,
    showing,
    voiding,
)
from workflows.content import Content
from workflows.gates import Gate, g2
from workflows.lifecycle import current_version
from workflows.models import Decision, Package, PackageVersion
from workflows.parameters import SHIPPED, Rules
from workflows.profiles import Profile
from workflows.vocabulary import STAGES


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gate reads, once: the rows and what they add up to."""

    status: str
    attribute: str | None
    case_running: bool
    drafter_id: int
    version: PackageVersion
    content: Content
    versions: Mapping[int, PackageVersion]
    decisions: Sequence[Decision]
    #: Signatures and opinions given inside tasks: stage, who, for whom.
    inside: Sequence[separation.Act]
    holds: changes.Standing
    outcomes: dict[str, frozenset[str]]
    today: date
    rules: Rules = SHIPPED
    #: Exceptions that were allowed: by rule, what was let pass.
    allowed: Mapping[str, int] = field(default_factory=dict)
    #: The way that the item goes.
    profile: Profile = profiles.DEFAULT
    #: Where it might be reposted from when it was handed in.
    sources: frozenset[str] = frozenset()

    def holding(self, stage: str) -> Decision | None:
        """The decision that still lets the item pass at `stage`."""
        decision = self.holds.decisions.get(stage)
        if not isinstance(decision, Decision) or decision.voided_at is not None:
            return None
        return decision if decision.outcome in self.outcomes.get(stage, frozenset()) else None

    @property
    def by_principal(self) -> bool:
        """Whether the final signature belongs to the principal: by class, because somebody raised it, or
        because the principal has spoken already and nothing has made that moot."""
        raised = (
            self.holding(stage) for stage in ("first_review", "second_review", "final_review")
        )
        spoken = self.holds.decisions.get("principal_review")
        return (
            self.profile.principal_only
            or requirements.principal_review(self.content.metadata)
            or any(
                decision is not None and decision.outcome == "raise_level" for decision in raised
            )
            or (isinstance(spoken, Decision) and spoken.voided_at is None)  # not taken back
        )

    @property
    def signing_stages(self) -> tuple[str, ...]:
        """Who has to sign, the last one last. domain:C8: class B is signed by both."""
        cosigned = requirements.cosigned(self.content.metadata) and not self.profile.principal_only
        if cosigned:
            return ("final_review", "principal_review")
        return ("principal_review",) if self.by_principal else ("final_review",)


def gather(uow: UnitOfWork, package: Package, case: ProcessInstance) -> Facts:
    """Read everything the gate needs; a constant number of statements whatever the history."""
    version = current_version(uow, package)
    decisions = uow.session.scalars(
        sa.select(Decision).where(Decision.package_id == package.id).order_by(Decision.id)
    ).all()
    versions = uow.session.scalars(
        sa.select(PackageVersion)
        .where(PackageVersion.package_id == package.id)
        .order_by(PackageVersion.number)
    ).all()
    text = content.parse(version.content)
    return Facts(
        status=package.status,
        attribute=package.attribute,
        case_running=case.status == "running" and case.suspended_at is None,
        drafter_id=package.drafter_id,
        version=version,
        content=text,
        versions={row.id: row for row in versions},
        decisions=decisions,
        inside=routing.given_inside(uow, package),
        holds=changes.standing(decisions, versions),
        outcomes=dict(voiding.standing_outcomes(uow, case)),
        today=local_date(uow.now),
        rules=parameters.rules(uow, package.unit_id, _handed_in(package)),
        allowed=overrides.allowed(uow, package),
        profile=routes.profile_of(uow, case),
        sources=routes.sources(uow, package, text, package.submitted_at),
    )


def _handed_in(package: Package) -> date | None:
    """An item is judged by the numbers that held when it was handed in."""
    return local_date(package.submitted_at) if package.submitted_at else None


def checks(uow: UnitOfWork, package: Package, case: ProcessInstance) -> list[Gate]:
    """Every gate with its finding, in the order of domain:C4."""
    return judge(gather(uow, package, case))


def judge(facts: Facts) -> list[Gate]:
    """The same from facts already read; no database."""
    return [gate(facts) for gate in _GATES]


def refusals(gates: Sequence[Gate]) -> list[Sentence]:
    """All reasons of all failed gates; empty if the item may go out."""
    return [reason for gate in gates if gate.status == "failed" for reason in gate.reasons]


def _gate(code: str, zh: str, en: str, reasons: Sequence[Sentence]) -> Gate:
    status = "failed" if reasons else "passed"
    return Gate(code, Sentence(zh, en, code), status, tuple(reasons))


def _lacking(stage: str) -> Sentence:
    name = STAGES[stage].sentence
    return Sentence(
        f"{name.zh}尚未就当前版本通过。",
        f"{name.en} has not been passed for the current version.",
        stage,
    )


def _missing(facts: Facts, *stages: str) -> list[Sentence]:
    return [_lacking(stage) for stage in stages if facts.holding(stage) is None]


def _attribute(facts: Facts) -> Gate:
    # domain:C3: of a repost the source settles it, unless it was ever doubted or changed: a review that was
    # taken back or returned the item does not hand it back to the source
    settled = facts.profile.attribute_by_source and not facts.holds.attribute_doubted
    reasons = [] if settled else _missing(facts, "attribute_review")
    if facts.attribute != "proactive" or facts.content.metadata.attribute != "proactive":
        reasons.append(
            Sentence("公开属性不是主动公开。", "The attribute is not proactive disclosure.", "A1.1")
        )
    return _gate("GF0", "公开属性为主动公开", "Attribute is proactive disclosure", reasons)


def _confidentiality(facts: Facts) -> Gate:
    """(1): cleared for every part, on this text or on one that differs by confirmed changes only."""
    decision = facts.holding("confidentiality_review")
    reasons = [] if decision else [_lacking("confidentiality_review")]
    if decision is not None and decision.outcome == "refer":
        decision = facts.holding("confidentiality_referral")
        reasons = [] if decision else [_lacking("confidentiality_referral")]
    if decision is not None:
        reasons.extend(_uncleared(facts, decision))
    # without a review that stands the whole is reviewed anew, and nothing is left to confirm
    if facts.holds.delta_due and facts.holding("confidentiality_review") is not None:
        reasons.extend(_missing(facts, "delta_confirmation"))
    return _gate("GF1", "保密审查逐项通过", "Confidentiality cleared part by part", reasons)


def _uncleared(facts: Facts, decision: Decision) -> list[Sentence]:
    verdicts = decision.parts.get("verdicts")
    given = verdicts if isinstance(verdicts, dict) else {}
    return [
        Sentence(
            f"{name.zh}没有通过保密审查。",
            f"{name.en}: not cleared by confidentiality review.",
            part,
        )
        for part, name in showing.parts_of(facts.content).items()
        if given.get(part) != "clear"
    ]


def _conditional(facts: Facts) -> Gate:
    asked = [
        stage
        for stage in ("third_party_opinion", "inter_agency_confirmation", "legality_review")
        if requirements.CONDITIONAL[stage](facts.content.metadata)
    ]
    return _gate(
        "GF1b", "应征求的意见齐备", "Opinions that are required are there", _missing(facts, *asked)
    )


def _reviews(facts: Facts) -> Gate:
    """(2), first half: the reviews, the last by whoever has to sign."""
    reasons = _missing(facts, *facts.profile.reviews, *facts.signing_stages)
    if facts.holds.sign_due and not _missing(facts, *facts.signing_stages):
        reasons.extend(_missing(facts, "sign_confirmation"))
    return _gate("GF2", "三审通过并签发", "Three reviews passed and signed", reasons)


def _proofreadings(facts: Facts) -> Gate:
    """(2), second half: the proofreadings, and the reading aloud of what is important; only an emergency
    leaves some until after the release (domain:C3)."""
    reasons = _missing(facts, *facts.profile.proofreadings)
    if facts.profile.reads_aloud_first and requirements.read_aloud(facts.content.metadata):
        reasons.extend(_missing(facts, "read_aloud"))
    return _gate("GF2b", "三校通过", "Three proofreadings passed", reasons)


def _profile(facts: Facts) -> Gate:
    """domain:C3, C4: only a profile changes which passes are required, and its conditions still hold."""
    return _gate(
        "GF2c",
        f"符合办理流程：{facts.profile.zh}",
        f"Fits its chain: {facts.profile.en}",
        profiles.refusals(facts.profile, facts.content, facts.allowed, facts.sources),
    )


def _separation(facts: Facts) -> Gate:
    """(3): the whole history again, voided rounds too, each act against those before it, and against
    signatures and opinions given inside tasks whenever they were.

    Each by the matrix that its unit had chosen then: a stricter one holds from its day on.
    """
    reasons: dict[Sentence, None] = {}
    earlier: list[separation.Act] = [("draft", facts.drafter_id, None), *facts.inside]
    for act in facts.decisions:
        found = act.stage in separation.KIND_OF and separation.conflicts(
            act.separation, act.stage, earlier, act.person_id, acting_for=act.acting_for_id
        )
        if found:
            name = STAGES[act.stage].sentence
            reasons[
                Sentence(
                    f"{act.person_name}办理的{name.zh}不符合岗位分离要求。",
                    f"{name.en} by {act.person_name} breaks the separation of duties.",
                    "domain:C7",
                )
            ] = None
        earlier.append((act.stage, act.person_id, act.acting_for_id))
    return _gate("GF3", "审校岗位分离", "Separation of duties", list(reasons))


def _interpretation(facts: Facts) -> Gate:
    return _gate(
        "GF4",
        "解读与文件同步",
        "Interpretation travels with the document",
        g2(facts.content, facts.rules, facts.allowed),
    )


def _not_checked(code: str, zh: str, en: str) -> Callable[[Facts], Gate]:
    note = Sentence("尚未检查", "Not checked yet", code)
    return lambda facts: Gate(code, Sentence(zh, en, code), "not_checked", (note,))


def _going(facts: Facts) -> Gate:
    """(8): not cancelled, held, returned or out already."""
    reasons = []
    if not facts.case_running or facts.status != "in_review":
        reasons.append(Sentence("本件不在办理中，不能发布。", "The item is not in review.", "GF8"))
    return _gate("GF8", "未撤销、未待用", "Neither cancelled nor on hold", reasons)


def _digest(facts: Facts) -> Gate:
    """What goes out is what was signed: the digest is computed again from the bytes."""
    reasons = []
    if content.digest(facts.version.content) != facts.version.digest:
        reasons.append(
            Sentence(
                "版本内容与其指纹不符，请立即报告审计管理员。",
                "The version does not match its digest; report to the audit administrator at once.",
                "digest",
            )
        )
    if not _as_signed(facts):
        reasons.append(
            Sentence(
                "签发之后文本又有改动，没有再经签发人确认。",
                "The text changed after the signature and was not confirmed by the signer.",
                "digest",
            )
        )
    return _gate("GF9", "发布文本即签发文本", "The released text is the approved text", reasons)


def _as_signed(facts: Facts) -> bool:
    """Whether the text is the one that the last signature, or its confirmation, was given for.

    What is missing altogether, or waits for its confirmation, is told by GF2 and GF2b.
    """
    signature = facts.holding(facts.signing_stages[-1])
    proofread = facts.holding(facts.profile.proofreadings[-1])
    confirmed = facts.holding("sign_confirmation")
    if signature is None or proofread is None or (facts.holds.sign_due and confirmed is None):
        return True
    if confirmed is not None and confirmed.id > signature.id:
        signature = confirmed
    if signature.digest == facts.version.digest:
        return True
    # domain:C5: a new placement (column, topic, dates of the catalogue) leaves the signature standing
    # and is seen by the third proofreading; nothing else may differ from what was signed
    signed = content.parse(facts.versions[signature.version_id].content)
    moved_only = (
        not changes.text_changed(signed, facts.content)
        and changes.metadata_change(signed.metadata, facts.content.metadata) == "metadata"
    )
    # where that pass is not made before the release, whoever releases sees it
    unseen = "third_proofreading" in facts.profile.proofreadings
    return moved_only and (not unseen or proofread.digest == facts.version.digest)


def _deadline(facts: Facts) -> Gate:
    """(10): late is published all the same and says so."""
    due = facts.content.metadata.disclosure_due
    late = due is not None and facts.today > due
    note = (
        Sentence(
            "已超过应公开截止日，发布时须写明理由，并如实记录。",
            "Later than due; the reason is asked for and recorded.",
        ),
    )
    title = Sentence("公开时限", "Time limit of disclosure", "GF10")
    return Gate("GF10", title, "passed", note if late else ())


_GATES: tuple[Callable[[Facts], Gate], ...] = (
    _attribute,
    _confidentiality,
    _conditional,
    _reviews,
    _proofreadings,
    _profile,
    _separation,
    _interpretation,
    _not_checked("GF5", "检查发现的问题", "Findings"),
    _not_checked("GF6", "渠道备案与栏目", "Channels and columns"),
    _not_checked("GF7", "链接", "Links"),
    _going,
    _digest,
    _deadline,
)
