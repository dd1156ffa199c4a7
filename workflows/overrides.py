"""Exceptions to rules of 原则上: asked for by a reason in the item, allowed by somebody senior, on record for
inspectors (domain:A2.5, A2.10, A9). An exception covers what was seen, and nothing that is further off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.models import ProcessInstance
from engine.text import Sentence
from workflows import (
    draft_limits,
    events,
    interpretation,
    notices,
    parameters,
    permissions,
    routing,
    units,
)
from workflows.content import Metadata, parse
from workflows.errors import DocumentChanged, Refused
from workflows.interpretation import Exceeded
from workflows.lifecycle import current_version
from workflows.models import Override, OverrideAsk, Package, Person
from workflows.parameters import EMERGENCY, KNOWN, InForce
from workflows.vocabulary import ROLES, label

#: Who is senior enough, the nearest first (domain:A2.5: 原则上 yields to a reason and a senior role).
SENIOR = ("unit_head", "final_reviewer", "principal")
#: domain:C3, C4: that an emergency is one, the principal alone says.
SENIOR_FOR = {EMERGENCY.key: ("principal",)}


def senior_for(key: str) -> tuple[str, ...]:
    """The roles that may allow an exception from this rule."""
    return SENIOR_FOR.get(key, SENIOR)


@dataclass(frozen=True, slots=True)
class Asked:
    """An exception that the current version needs: what is exceeded, why, and whether it is covered."""

    key: str
    sentence: Sentence
    reason: str
    covered: bool


@dataclass(frozen=True, slots=True)
class Allowed:
    """An exception that was allowed."""

    rule: Sentence
    required: Sentence
    found: Sentence
    reason: str
    opinion: str
    person: str
    role: Sentence
    at: datetime


def allowed(uow: UnitOfWork, package: Package) -> dict[str, int]:
    """By rule, the furthest that was let pass for an item.

    An emergency is let pass for the reason that the principal read. Once handed in, the principal signs
    a new reason with the text.
    """
    query = sa.select(Override.key, Override.found, Override.reason)
    found: dict[str, int] = {}
    for key, value, reason in uow.session.execute(query.where(Override.package_id == package.id)):
        parameter = KNOWN.get(key)
        if parameter is None or (key == EMERGENCY.key and not _still(uow, package, reason)):
            continue
        if key not in found or parameter.stricter(found[key], value):
            found[key] = value
    return found


def _still(uow: UnitOfWork, package: Package, reason: str) -> bool:
    if package.case_id is not None:
        return True
    facts = parse(current_version(uow, package).content).metadata
    return facts.emergency_reason.strip() == reason


def needed(uow: UnitOfWork, package: Package) -> list[Exceeded]:
    """The rules of 原则上 that the current version does not keep."""
    content = parse(current_version(uow, package).content)
    found = _emergency(content.metadata)
    if content.metadata.interpretation_required:
        found += interpretation.exceeded(content, parameters.rules(uow, package.unit_id))
    return [one for one in found if one.rule.strength == "principle"]


def _emergency(facts: Metadata) -> list[Exceeded]:
    if not facts.emergency:
        return []
    normal = InForce(EMERGENCY, EMERGENCY.default, EMERGENCY.strength)
    return [Exceeded(normal, 1, facts.emergency_reason.strip())]


def _sentence_of(one: Exceeded) -> Sentence:
    if one.key == EMERGENCY.key:
        return Sentence(
            "按突发事件应急流程办理，须经主要负责人批准",
            "It asks for the emergency chain, which the principal has to approve",
        )
    return interpretation.sentence_of(one)


def asked(uow: UnitOfWork, package: Package) -> list[Asked]:
    """Those for which a reason is given, with whether they are allowed already."""
    let = allowed(uow, package)
    return [
        Asked(one.key, _sentence_of(one), one.reason, interpretation.covered(one, let))
        for one in needed(uow, package)
        if one.reason
    ]


def history(uow: UnitOfWork, package_id: int) -> list[Allowed]:
    """Every exception that was allowed for an item, the first first."""
    query = (
        sa.select(Override, Person.name)
        .join(Person, Person.id == Override.allowed_by)
        .where(Override.package_id == package_id)
        .order_by(Override.id)
    )
    return [told(row, name) for row, name in uow.session.execute(query)]


def latest(uow: UnitOfWork, package_id: int, key: str) -> Allowed | None:
    """The last exception from this rule that was allowed for an item."""
    query = (
        sa.select(Override, Person.name)
        .join(Person, Person.id == Override.allowed_by)
        .where(Override.package_id == package_id, Override.key == key)
        .order_by(Override.id.desc())
        .limit(1)
    )
    row = uow.session.execute(query).first()
    return told(row[0], row[1]) if row else None


def told(row: Override, name: str) -> Allowed:
    """A row as pages and registers show it."""
    parameter = KNOWN[row.key]
    return Allowed(
        rule=parameter.sentence,
        required=parameter.words(row.required),
        found=parameter.words(row.found),
        reason=row.reason,
        opinion=row.opinion,
        person=name,
        role=ROLES[row.role].sentence,
        at=row.at,
    )


def ask(uow: UnitOfWork, package_id: int) -> list[str]:
    """The drafter asks for what is stated and not yet allowed; answers who was told, by name."""
    package = permissions.get_package(uow, package_id)
    permissions.ensure(permissions.edit_refusals(uow, package))
    open_ = [one for one in asked(uow, package) if not one.covered]
    if not open_:
        raise Refused(
            Sentence("没有需要同意的例外。", "There is no exception to be allowed.", "override")
        )
    by_rule = {one.key: _seniors(uow, package, one.key) for one in open_}
    lacking = [senior_for(key) for key, people in by_rule.items() if not people]
    if lacking:
        raise Refused(*(_nobody(roles) for roles in lacking))
    seniors = sorted({person for people in by_rule.values() for person in people})
    text = Sentence(
        f"《{package.title}》请您同意例外：{'；'.join(one.sentence.zh for one in open_)}。",
        f"“{package.title}” asks you to allow: {'; '.join(one.sentence.en for one in open_)}.",
        "override",
    )
    for person_id in seniors:
        uow.session.merge(OverrideAsk(package_id=package.id, person_id=person_id, asked_at=uow.now))
    uow.session.flush()
    notices.tell(uow, seniors, "override", text, link=f"/packages/{package.id}")
    events.record(
        uow,
        "override.asked",
        case=_case(uow, package),
        subject=package.business_key,
        data={
            "rules": "；".join(one.sentence.zh for one in open_),
            "rules_en": "; ".join(one.sentence.en for one in open_),
            "told": seniors,
        },
    )
    names = sa.select(Person.name).where(Person.id.in_(seniors)).order_by(Person.id)
    return list(uow.session.scalars(names))


def _nobody(roles: Sequence[str]) -> Sentence:
    zh, en = (
        "、".join(ROLES[role].zh for role in roles),
        ", ".join(ROLES[role].en for role in roles),
    )
    return Sentence(
        f"没有{zh}可以同意，请联系安全管理员。",
        f"Nobody can allow it ({en}); ask the security administrator.",
        "override",
    )


def _seniors(uow: UnitOfWork, package: Package, key: str) -> list[int]:
    """The nearest who may allow, and may see the item."""
    for role in senior_for(key):
        people = routing.holders_near(uow, package.unit_id, role)
        told = [one for one in people if one != package.drafter_id]
        if told:
            return told
    return []


def allow(uow: UnitOfWork, package_id: int, key: str, *, digest: str, opinion: str) -> Override:
    """同意例外: for what the version with this digest has, with an opinion. Not by its drafter."""
    package = permissions.get_package(uow, package_id, lock=True)
    role = _role(uow, package, key)
    version = current_version(uow, package)
    if version.digest != digest:
        raise DocumentChanged()
    said = draft_limits.reason(opinion)
    one = _open_one(uow, package, key, said)
    row = Override(
        package_id=package.id,
        version_id=version.id,
        digest=version.digest,
        key=key,
        required=one.rule.value,
        found=one.found,
        reason=one.reason,
        opinion=said,
        allowed_by=permissions.acting_person(uow).id,
        role=role,
        at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    _record(uow, package, one, row)
    return row


def _open_one(uow: UnitOfWork, package: Package, key: str, said: str) -> Exceeded:
    """The exception that is asked for and not covered; refuses with all reasons if there is none."""
    one = next((one for one in needed(uow, package) if one.key == key and one.reason), None)
    reasons = []
    if one is None:
        reasons.append(
            Sentence(
                "本件没有请求这一项例外。", "The item does not ask for this exception.", "override"
            )
        )
    elif interpretation.covered(one, allowed(uow, package)):
        reasons.append(Sentence("这一项例外已经同意。", "It is allowed already.", "override"))
    if not said:
        reasons.append(Sentence("请写明同意的意见。", "Say why it is allowed.", "opinion"))
    if reasons or one is None:
        raise Refused(*reasons)
    return one


def _record(uow: UnitOfWork, package: Package, one: Exceeded, row: Override) -> None:
    parameter = one.rule.parameter
    events.record(
        uow,
        "override.allowed",
        case=_case(uow, package),
        subject=package.business_key,
        data={
            "rule": parameter.zh,
            "rule_en": parameter.en,
            "required": one.rule.value,
            "found": one.found,
            "reason": one.reason,
            "opinion": row.opinion,
            "digest": row.digest,
            "role": label(ROLES, row.role),
        },
    )
    text = Sentence(
        f"《{package.title}》的例外已经同意：{row.opinion}",
        f"The exception of “{package.title}” is allowed: {row.opinion}",
        "override",
    )
    notices.tell(uow, [package.drafter_id], "override", text, link=f"/packages/{package.id}")


def allow_refusals(uow: UnitOfWork, package: Package, key: str) -> list[Sentence]:
    """Why the actor may not allow an exception from this rule to this item."""
    line = units.upwards(uow, package.unit_id)
    reasons = permissions.senior_refusals(uow, line, senior_for(key))
    if package.drafter_id == permissions.actor_id(uow):
        reasons.append(
            Sentence("拟稿人不能同意自己的例外。", "A drafter allows nothing of their own.", "own")
        )
    return reasons


def _role(uow: UnitOfWork, package: Package, key: str) -> str:
    permissions.ensure(allow_refusals(uow, package, key))
    line = units.upwards(uow, package.unit_id)
    held = {
        item.role
        for item in permissions.holdings(uow, permissions.actor_id(uow))
        if item.unit_id in line
    }
    senior = senior_for(key)
    return next((role for role in senior if role in held), senior[-1])


def _case(uow: UnitOfWork, package: Package) -> ProcessInstance | None:
    return uow.session.get(ProcessInstance, package.case_id) if package.case_id else None
