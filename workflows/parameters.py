"""Numbers that the founding documents set differently (domain:A9): shipped ones, and what units lay down.

A unit's number holds for it and for those below. What is 必须 above may only be made stricter below;
what is 原则上 yields to a reason that somebody senior allows (`workflows.overrides`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import draft_limits, events, permissions, units
from workflows.errors import Refused
from workflows.models import RuleSetting, Unit
from workflows.vocabulary import STRENGTHS


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number: what it means, between which bounds it may lie, and which way is stricter.

    `kind` is number, percent, day (month and day as in 1231), or one of two ways: order, chain.
    """

    key: str
    zh: str
    en: str
    default: int
    strength: str
    source: str
    least: int
    most: int
    more_is_stricter: bool
    kind: str = "number"

    @property
    def sentence(self) -> Sentence:
        return Sentence(self.zh, self.en, self.key)

    def stricter(self, one: int, other: int) -> bool:
        """Whether `one` asks for more than `other`."""
        return one > other if self.more_is_stricter else one < other

    @property
    def ways(self) -> tuple[Sentence, Sentence] | None:
        """What 0 and 1 mean where it is no number but a choice between two ways."""
        return _TWO_WAYS.get(self.kind)

    def words(self, value: int) -> Sentence:
        """A value as people say it."""
        if self.kind == "percent":
            return Sentence(f"{value}%", f"{value}%")
        if self.kind == "day":
            month, day = divmod(value, 100)
            return Sentence(f"{month}月{day}日", f"{month:02}-{day:02}")
        if self.ways is not None:
            return self.ways[bool(value)]
        return Sentence(str(value), str(value))


#: By kind, what 0 and 1 mean.
_TWO_WAYS: Mapping[str, tuple[Sentence, Sentence]] = {
    "order": (Sentence("先审后校", "reviews, then proofreadings"), Sentence("审校交替", "reviews and proofreadings in turns")),
    "chain": (Sentence("正常流程", "the normal chain"), Sentence("应急流程", "the emergency chain")),
}  # fmt: skip

#: 1 where reviews and proofreadings take turns (domain:B5).
INTERLEAVED = "chain.interleaved"

PARAMETERS: Mapping[str, Parameter] = {
    one.key: one
    for one in (
        Parameter("interp.min_forms.county", "县级政府及其办公室文件的解读形式不少于（种）", "Forms of interpretation for files of the county government and its office, at least", 5, "principle", "domain:A2.10", 1, 9, True),
        Parameter("interp.min_forms.dept", "部门和镇街文件的解读形式不少于（种）", "Forms of interpretation for files of departments and towns, at least", 2, "mandatory", "domain:A2.10", 1, 9, True),
        Parameter("interp.min_element", "解读四要素每项不少于（字）", "Characters of each of the four elements, at least", 20, "mandatory", "domain:A2.7", 1, 2_000, True),
        Parameter("interp.max_copied", "解读照搬原文不超过", "Share of the interpretation copied from the document, at most", 60, "principle", "domain:A2.9", 10, 100, False, "percent"),
        Parameter("publish.max_wd", "目录未另行规定的，信息形成后公开（工作日内）", "Working days until disclosure where the catalogue says nothing else", 20, "mandatory", "domain:A4.7", 1, 20, False),
        Parameter("attr.review_due", "依申请公开、不予公开的件每年复查截止", "Yearly review of what is not disclosed, until", 1231, "mandatory", "domain:D2", 101, 1231, False, "day"),
        Parameter(INTERLEAVED, "审校次序", "Order of reviews and proofreadings", 0, "principle", "domain:C3", 0, 1, True, "order"),
        Parameter("returns.tell_head", "退回几次后告知承办科室负责人", "Returns after which the head of the section is told", 3, "mandatory", "domain:C6", 1, 9, False),
        Parameter("returns.consult", "退回几次后组织会商", "Returns after which a consultation is due", 5, "mandatory", "domain:C6", 1, 20, False),
    )
}  # fmt: skip


#: Not a number that a unit lays down: only the principal lets it pass, item by item (domain:C3, C4).
EMERGENCY = Parameter("chain.emergency", "应急流程须经主要负责人批准", "An emergency is approved by the principal", 0, "principle", "domain:C3", 0, 1, False, "chain")  # fmt: skip
#: Every rule from which there may be an exception.
KNOWN: Mapping[str, Parameter] = {**PARAMETERS, EMERGENCY.key: EMERGENCY}


@dataclass(frozen=True, slots=True)
class InForce:
    """A number that holds: its strength, who laid it down (empty: shipped with the house), by which document."""

    parameter: Parameter
    value: int
    strength: str
    unit: str = ""
    basis: str = ""
    since: date | None = None

    @property
    def words(self) -> Sentence:
        return self.parameter.words(self.value)


_SHIPPED = {key: InForce(one, one.default, one.strength) for key, one in PARAMETERS.items()}


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for one unit on one day."""

    held: Mapping[str, InForce] = field(default_factory=lambda: _SHIPPED)

    def __getitem__(self, key: str) -> InForce:
        return self.held[key]

    def number(self, key: str) -> int:
        return self.held[key].value


#: What holds where nobody has laid anything down.
SHIPPED = Rules()


def rules(uow: UnitOfWork, unit_id: int, on: date | None = None) -> Rules:
    """What holds for a unit's items on a day, today if none is named."""
    line = units.upwards(uow, unit_id)
    day = on or local_date(uow.now)
    query = (
        sa.select(RuleSetting, Unit.name)
        .join(Unit, Unit.id == RuleSetting.unit_id)
        .where(RuleSetting.unit_id.in_(line), RuleSetting.effective_on <= day)
        .order_by(RuleSetting.effective_on, RuleSetting.id)
    )
    latest = {(row.unit_id, row.key): (row, name) for row, name in uow.session.execute(query)}
    held = dict(_SHIPPED)
    for at in reversed(line):  # from the top down, so that what is above binds what is below
        for key, parameter in PARAMETERS.items():
            if (at, key) not in latest:
                continue
            row, name = latest[at, key]
            if loosens(held[key], row.value, row.strength):
                continue
            held[key] = InForce(
                parameter, row.value, row.strength, name, row.basis, row.effective_on
            )
    return Rules(held)


def loosens(above: InForce, value: int, strength: str) -> bool:
    """Whether a setting asks for less than what is mandatory above it."""
    if above.strength != "mandatory":
        return False
    return strength != "mandatory" or above.parameter.stricter(above.value, value)


def settings(uow: UnitOfWork, unit_id: int) -> list[RuleSetting]:
    """What a unit has laid down itself, the latest first, with what is still to come."""
    query = sa.select(RuleSetting).where(RuleSetting.unit_id == unit_id)
    named = query.options(joinedload(RuleSetting.setter))
    return list(uow.session.scalars(named.order_by(RuleSetting.id.desc())))


def lay_down(
    uow: UnitOfWork,
    unit_id: int,
    key: str,
    *,
    value: int,
    strength: str,
    effective_on: date,
    basis: str,
) -> RuleSetting:
    """A unit's own number from a day on, with the document that says so. Only the security administrator."""
    permissions.ensure(permissions.roles_refusals(uow))
    unit, told = units.get_unit(uow, unit_id), draft_limits.reason(basis)
    reasons = list(_refusals(uow, unit, key, value, strength, effective_on, told))
    if reasons:
        raise Refused(*reasons)
    row = RuleSetting(
        unit_id=unit_id,
        key=key,
        value=value,
        strength=strength,
        effective_on=effective_on,
        basis=told,
        set_by=int(uow.actor.id) if uow.actor.id.isdecimal() else None,
        set_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    parameter = PARAMETERS[key]
    events.record(
        uow,
        "parameter.set",
        subject=f"unit:{unit_id}",
        data={
            "unit": unit.name,
            "rule": parameter.zh,
            "rule_en": parameter.en,
            "value": parameter.words(value).zh,
            "value_en": parameter.words(value).en,
            "strength": STRENGTHS[strength].zh,
            "effective_on": effective_on,
            "basis": told,
        },
    )
    return row


def _refusals(
    uow: UnitOfWork,
    unit: Unit,
    key: str,
    value: int,
    strength: str,
    effective_on: date,
    basis: str,
) -> Iterable[Sentence]:
    parameter = PARAMETERS.get(key)
    if parameter is None or strength not in STRENGTHS:
        yield Sentence("请从列表中选择规则和强度。", "Choose rule and strength from the list.")
        return
    if not _within(parameter, value):
        low, high = parameter.words(parameter.least), parameter.words(parameter.most)
        if parameter.ways is not None:
            yield Sentence(
                f"{parameter.zh}请选择“{low.zh}”或者“{high.zh}”。",
                f"{parameter.en}: choose “{low.en}” or “{high.en}”.",
                "value",
            )
        else:
            yield Sentence(
                f"数值应在 {low.zh} 到 {high.zh} 之间。",
                f"The value lies between {low.en} and {high.en}.",
                "value",
            )
    if effective_on < local_date(uow.now) or not draft_limits.is_plausible(effective_on):
        yield Sentence("生效日期不能早于今天。", "It cannot take effect before today.", "on")
    if not basis:
        yield Sentence("请写明依据的文件。", "Name the document that says so.", "basis")
    above = rules(uow, unit.parent_id, effective_on) if unit.parent_id else SHIPPED
    if loosens(above[key], value, strength):
        held = above[key]
        yield Sentence(
            f"{held.unit or '法律和上级规定'}对此有硬性要求（{held.words.zh}），只能更严，不能放宽。",
            f"{held.unit or 'Law or higher rule'} makes {held.words.en} mandatory; it can only be "
            "made stricter.",
            "loosens",
        )


def _within(parameter: Parameter, value: int) -> bool:
    if not parameter.least <= value <= parameter.most:
        return False
    if parameter.kind != "day":
        return True
    try:
        date(2027, value // 100, value % 100)  # a year without 29 February
    except ValueError:
        return False
    return True
