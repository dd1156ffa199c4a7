"""Where a task goes when it opens (domain:C1): the role at the item's unit or the nearest unit above it, one
person's own task back to that person, the disclosure office's to whom the catalogue names, and 无合格人员 if nobody may. Also what would be, supposing an act.

Who has done what on an item (`acts`) is read here, once, for routing and for the separation of duties.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from engine import moves
from engine.database import Candidates, UnitOfWork
from engine.elements import TaskRule
from engine.models import AuditEntry, ProcessInstance, UserTask
from workflows import catalogue, permissions, separation, units
from workflows.content import parse
from workflows.lifecycle import current_version, package_of
from workflows.models import Decision, Package, Publication, RoleHolding, Unit
from workflows.profiles import LATER_WITHIN, PROFILES
from workflows.vocabulary import OUTSIDE_THE_CHAIN, PROOFREADING_STAGES

#: Queue of tasks that nobody may take: 无合格人员. Never relaxed, shown to those who grant roles.
NOBODY = "nobody:"
#: Signing is done at one of these; the confirmation goes to whoever did it.
SIGNING = ("final_review", "principal_review")
#: domain:C4, row 16: the page that the public sees is read back within a day.
READ_BACK_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Done:
    """A decision as routing sees it: made, or supposed."""

    stage: str
    outcome: str
    person_id: int
    acting_for: int | None = None


def candidates(uow: UnitOfWork, case: ProcessInstance, rule: TaskRule) -> Candidates:
    """Where a task goes that opens now; the engine asks."""
    return Router(uow, package_of(uow, case)).route(rule)


@dataclass
class Router:
    """The routes of one item. What it read once it does not read again; `supposing` adds an act to what was done."""

    uow: UnitOfWork
    package: Package
    supposed: tuple[Done, ...] = ()
    _groups: dict[str, tuple[str, list[int]]] = field(default_factory=dict)
    _members: dict[str, list[int]] = field(default_factory=dict)
    _known: dict[str, object] = field(default_factory=dict)

    def supposing(self, act: Done) -> Router:
        """As if this had been decided as well."""
        return Router(
            self.uow,
            self.package,
            (*self.supposed, act),
            self._groups,
            self._members,
            self._known,
        )

    def route(self, rule: TaskRule) -> Candidates:
        """Group and perhaps person; nobody eligible means the queue, never a relaxed rule."""
        return replace(self._to_whom(rule), due_at=self._until(rule.id))

    def _to_whom(self, rule: TaskRule) -> Candidates:
        if rule.id == "revise":
            return self._to_drafter()
        if rule.id == "sign_confirmation":
            return self._to_signer(rule)
        group, people = self.group_near(rule.candidate_role or "")
        free = self.eligible(rule.id, people)
        if not free:
            return Candidates(f"{NOBODY}{rule.candidate_role}")
        if rule.candidate_role == "ogi_officer":
            named = next((one for one in self.handlers() if one in free), None)
            if named is not None:
                return Candidates(group, str(named))
        if rule.id in PROOFREADING_STAGES:
            corrector = self.last((rule.id,))
            if corrector and corrector.outcome == "corrected" and corrector.person_id in free:
                return Candidates(group, str(corrector.person_id))
        return Candidates(group)

    def _until(self, stage: str) -> datetime | None:
        """What follows a release is counted in hours, not in working days (domain:C3, C4)."""
        if stage == "readback":
            return self.uow.now + READ_BACK_WITHIN
        if stage not in PROFILES["emergency"].later:
            return None
        released = self.uow.session.scalar(
            sa.select(Publication.published_at).where(Publication.package_id == self.package.id)
        )
        if released is None and any(one.stage == "release" for one in self.supposed):
            released = self.uow.now
        return None if released is None else released + LATER_WITHIN

    def handlers(self) -> tuple[int, ...]:
        """Whom the catalogue names for the matter of this item, in its order."""
        if "handlers" not in self._known:
            facts = parse(current_version(self.uow, self.package).content).metadata
            matter = catalogue.find(self.uow, self.package.unit_id, facts.catalogue_item)
            self._known["handlers"] = tuple(matter.handlers) if matter else ()
        found: tuple[int, ...] = self._known["handlers"]  # type: ignore[assignment]
        return found

    def _to_drafter(self) -> Candidates:
        """Back to who drafted or revised it; if they left, to the drafters of the unit who may still."""
        group, owner = f"drafter:{self.package.unit_id}", self.owner("revise")
        free = self.eligible("revise", self.members(group))
        if not free:
            return Candidates(f"{NOBODY}drafter")
        return Candidates(group, str(owner) if owner in free else None)

    def _to_signer(self, rule: TaskRule) -> Candidates:
        """Whoever signed confirms; if they can no longer, whoever holds the role they signed in."""
        signed = self.last(SIGNING)
        role = "principal" if signed and signed.stage == "principal_review" else rule.candidate_role
        group, people = self.group_near(role or "")
        free = self.eligible(rule.id, people)
        if signed and signed.person_id in free:
            return Candidates(group, str(signed.person_id))
        return Candidates(group) if free else Candidates(f"{NOBODY}{role}")

    def owner(self, stage: str) -> int | None:
        """Whose task this is: the drafter's (or who revised last in their stead), the signer's."""
        done = self.last(SIGNING if stage == "sign_confirmation" else (stage,))
        if done is not None:
            return done.person_id
        return self.package.drafter_id if stage == "revise" else None

    def last(self, stages: Iterable[str]) -> Done | None:
        """The last decision at one of these stages."""
        wanted = set(stages)
        return next((one for one in reversed(self.done()) if one.stage in wanted), None)

    def done(self) -> tuple[Done, ...]:
        """Every decision so far, voided ones too, and what is supposed."""
        if "done" not in self._known:
            rows = self.uow.session.execute(
                sa.select(
                    Decision.stage, Decision.outcome, Decision.person_id, Decision.acting_for_id
                )
                .where(Decision.package_id == self.package.id)
                .order_by(Decision.id)
            )
            self._known["done"] = tuple(Done(*row) for row in rows)
        found: tuple[Done, ...] = self._known["done"]  # type: ignore[assignment]
        return (*found, *self.supposed)

    def acts(self) -> list[separation.Act]:
        """The drafting and every decision so far, voided ones too: who has seen a text has seen it. Who
        co-signed or gave an opinion on a stage counts like who decided it."""
        if "inside" not in self._known:
            self._known["inside"] = given_inside(self.uow, self.package)
        inside: list[separation.Act] = self._known["inside"]  # type: ignore[assignment]
        decided = [(one.stage, one.person_id, one.acting_for) for one in self.done()]
        return [("draft", self.package.drafter_id, None), *decided, *inside]

    def setting(self) -> str:
        """The separation matrix of the item's unit."""
        if "setting" not in self._known:
            unit = self.uow.session.get(Unit, self.package.unit_id)
            self._known["setting"] = unit.separation if unit else "default"
        return str(self._known["setting"])

    def eligible(self, stage: str, people_ids: Sequence[int]) -> set[int]:
        """Those whom neither separation nor a role outside the chain keeps from `stage`."""
        if not people_ids:
            return set()
        inside = set(people_ids) - self._outside()
        done, how = self.acts(), self.setting()
        return {one for one in inside if not separation.conflicts(how, stage, done, one)}

    def _outside(self) -> set[int]:
        if "outside" not in self._known:
            self._known["outside"] = outside_the_chain(self.uow)
        found: set[int] = self._known["outside"]  # type: ignore[assignment]
        return found

    def group_near(self, role: str) -> tuple[str, list[int]]:
        """As the function, remembered."""
        if role not in self._groups:
            self._groups[role] = group_near(self.uow, self.package.unit_id, role)
        return self._groups[role]

    def members(self, group: str) -> list[int]:
        """As the function, remembered."""
        if group not in self._members:
            self._members[group] = members(self.uow, group)
        return self._members[group]


def routers(uow: UnitOfWork, packages: Sequence[Package]) -> dict[int, Router]:
    """Routers of many items, by id: what was done on them is read in as many statements as for one, and what
    they have in common once."""
    done: dict[int, list[Done]] = {package.id: [] for package in packages}
    rows = uow.session.execute(
        sa.select(
            Decision.package_id,
            Decision.stage,
            Decision.outcome,
            Decision.person_id,
            Decision.acting_for_id,
        )
        .where(Decision.package_id.in_(done))
        .order_by(Decision.id)
    )
    for package_id, stage, outcome, person_id, acting_for in rows:
        done[package_id].append(Done(stage, outcome, person_id, acting_for))
    inside = _inside(uow, [package.case_id for package in packages if package.case_id is not None])
    at = {package.unit_id for package in packages}
    units_of_them = uow.session.scalars(sa.select(Unit).where(Unit.id.in_(at)))
    settings = {unit.id: unit.separation for unit in units_of_them}
    outside = outside_the_chain(uow)
    groups: dict[int, dict[str, tuple[str, list[int]]]] = {unit_id: {} for unit_id in at}
    members: dict[str, list[int]] = {}
    return {
        package.id: Router(
            uow,
            package,
            _groups=groups[package.unit_id],
            _members=members,
            _known={
                "done": tuple(done[package.id]),
                "inside": inside.get(package.case_id or 0, []),
                "setting": settings.get(package.unit_id, "default"),
                "outside": outside,
            },
        )
        for package in packages
    }


def given_inside(uow: UnitOfWork, package: Package) -> list[separation.Act]:
    """Signatures and opinions given inside tasks, by whoever gave them, for whomever; from the trail, which
    alone knows both (domain:C7, C8)."""
    if package.case_id is None:
        return []
    return _inside(uow, [package.case_id]).get(package.case_id, [])


def _inside(uow: UnitOfWork, case_ids: Sequence[int]) -> dict[int, list[separation.Act]]:
    wanted = sa.select(
        AuditEntry.case_id, AuditEntry.actor_id, AuditEntry.acting_for, AuditEntry.payload
    ).where(AuditEntry.case_id.in_(case_ids), AuditEntry.action.in_(moves.INSIDE))
    found: dict[int, list[separation.Act]] = {}
    rows = uow.session.execute(wanted.order_by(AuditEntry.case_id, AuditEntry.case_seq))
    for case_id, who, for_whom, payload in rows:
        element = json.loads(payload)["data"]["element"]
        act = (element, int(who), int(for_whom) if for_whom else None)
        found.setdefault(case_id or 0, []).append(act)
    return found


def outside_the_chain(uow: UnitOfWork) -> set[int]:
    """Inspectors and administrators, who act nowhere in the chain."""
    query = sa.select(RoleHolding.person_id).where(
        RoleHolding.role.in_(sorted(OUTSIDE_THE_CHAIN)), permissions.holds_now(uow)
    )
    return set(uow.session.scalars(query))


def group_near(uow: UnitOfWork, unit_id: int, role: str) -> tuple[str, list[int]]:
    """The group of `role` at the unit or the nearest unit above that has anybody in it today."""
    line = [unit.id for unit in units.line_upwards(uow, unit_id)]
    found: dict[int, list[int]] = {}
    query = (
        sa.select(RoleHolding.unit_id, RoleHolding.person_id)
        .where(RoleHolding.role == role, RoleHolding.unit_id.in_(line), permissions.holds_now(uow))
        .order_by(RoleHolding.person_id)
    )
    for at, person_id in uow.session.execute(query):
        found.setdefault(at, []).append(person_id)
    nearest = next((unit for unit in line if unit in found), unit_id)
    return f"{role}:{nearest}", list(dict.fromkeys(found.get(nearest, ())))


def holders_near(uow: UnitOfWork, unit_id: int, role: str) -> list[int]:
    """The people of that group."""
    return group_near(uow, unit_id, role)[1]


def members(uow: UnitOfWork, group: str) -> list[int]:
    """Who is in a group today; the queue of nobody has no members."""
    role, _, unit = group.partition(":")
    if not unit.isdecimal():
        return []
    query = sa.select(RoleHolding.person_id).where(
        RoleHolding.role == role, RoleHolding.unit_id == int(unit), permissions.holds_now(uow)
    )
    return sorted(set(uow.session.scalars(query)))


def eligible_members(uow: UnitOfWork, task: UserTask, package: Package) -> list[int]:
    """Those of a task's group who could do it today."""
    router = Router(uow, package)
    return sorted(router.eligible(task.element_id, router.members(task.candidate_group)))
