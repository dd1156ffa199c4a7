"""The stage ribbon: every stage of the chain in order, with its state, person, time, round and reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.text import Sentence
from workflows import profiles, requirements, voiding
from workflows.content import Metadata
from workflows.models import Decision
from workflows.open_tasks import stage_name
from workflows.person_models import both_names
from workflows.profiles import Profile
from workflows.read_models import OpenTask, StageRound, StageView
from workflows.vocabulary import NEEDS_REASON, OUTCOMES, SENT_BACK

STATES: Mapping[str, Sentence] = {
    "done": Sentence("已完成", "done", "done"),
    "current": Sentence("办理中", "in progress", "current"),
    "waiting": Sentence("未到", "not reached", "waiting"),
    "voided": Sentence("已作废，须重新办理", "voided, to be done again", "voided"),
    "skipped": Sentence("无需办理", "not needed", "skipped"),
    "returned": Sentence("已退回", "returned", "returned"),
}

#: Shown of every item whose profile has them; the stages between appear when the item needs them or had them.
_ALWAYS = frozenset(
    {"attribute_review", "confidentiality_review", "first_review", "second_review", "final_review",
     "first_proofreading", "second_proofreading", "third_proofreading", "sign_confirmation", "release"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Situation:
    """What the ribbon is drawn from."""

    metadata: Metadata
    decisions: Sequence[Decision]
    open_tasks: Sequence[OpenTask]
    ended: bool
    profile: Profile = profiles.DEFAULT
    #: The names of those in whose place somebody decided, by id.
    principals: Mapping[int, str] = field(default_factory=dict)

    def who(self, row: Decision) -> Sentence:
        return both_names(row.person_name, self.principals.get(row.acting_for_id or 0, ""))

    @property
    def signs_principal(self) -> bool:
        """Whether the principal signs, alone or beside the deputy."""
        raised = any(
            row.outcome == "raise_level" and row.voided_at is None for row in self.decisions
        )
        asked = raised or requirements.signed_by_principal(self.metadata)
        return asked or self.profile.principal_only


def ribbon(situation: Situation) -> tuple[StageView, ...]:
    """The beads in the order of the chain."""
    by_stage: dict[str, list[Decision]] = {}
    for decision in situation.decisions:
        by_stage.setdefault(decision.stage, []).append(decision)
    open_at = {task.element: task for task in situation.open_tasks}
    return tuple(
        _bead(stage, by_stage.get(stage, []), open_at.get(stage), situation)
        for stage in situation.profile.stages
        if stage in _ALWAYS or stage in by_stage or stage in open_at or _required(stage, situation)
    )


def _required(stage: str, situation: Situation) -> bool:
    if stage == "principal_review":
        return situation.signs_principal
    asks = requirements.CONDITIONAL.get(stage)
    return asks is not None and asks(situation.metadata)


def _bead(
    stage: str, rows: Sequence[Decision], task: OpenTask | None, situation: Situation
) -> StageView:
    last = rows[-1] if rows else None
    state = _state(stage, last, task, situation)
    shown = None if state in {"waiting", "skipped"} else last
    person, at, number, reason = None, None, 0, None
    if task is not None:
        person, at, number = task.with_whom, task.opened_at, task.round
    elif shown is not None:
        person, at, number = situation.who(shown), shown.at, shown.round
        reason = _reason(shown)
    return StageView(
        element=stage,
        name=stage_name(stage, stage),
        state=state,
        state_text=_state_text(state, shown),
        person=person,
        at=at,
        round=number,
        reason=reason,
        earlier=_rounds(situation, rows if task is not None else rows[:-1]),
    )


def _state(stage: str, last: Decision | None, task: OpenTask | None, situation: Situation) -> str:
    if task is not None:
        return "current"
    if last is None:
        return "skipped" if _left_out(stage, situation) else "waiting"
    if last.voided_at is not None:
        return "voided"
    if last.outcome in NEEDS_REASON:
        return "returned"
    return "waiting" if last.outcome == "corrected" else "done"


def _state_text(state: str, shown: Decision | None) -> Sentence:
    """What did not pass and was not sent back either (待用, 不予采用, …) is called by its own name."""
    if state == "returned" and shown is not None and shown.outcome not in SENT_BACK:
        return OUTCOMES[shown.outcome].sentence
    return STATES[state]


def _left_out(stage: str, situation: Situation) -> bool:
    """A stage that this item went or will go round."""
    if situation.ended:
        return True
    if stage == "final_review":
        alone = not requirements.cosigned(situation.metadata)
        return alone and situation.signs_principal and _decided(situation, {"principal_review"})
    return stage == "sign_confirmation" and (
        _decided(situation, {"release"})
        or any(task.element == "release" for task in situation.open_tasks)
    )


def _decided(situation: Situation, stages: Collection[str]) -> bool:
    return any(row.stage in stages and row.voided_at is None for row in situation.decisions)


def _reason(decision: Decision) -> Sentence | None:
    if decision.voided_at is not None:
        return voiding.because(decision.voided_by)
    if decision.outcome in NEEDS_REASON:
        return Sentence(decision.opinion, decision.opinion)
    return None


def _rounds(situation: Situation, rows: Iterable[Decision]) -> tuple[StageRound, ...]:
    return tuple(
        StageRound(
            round=row.round,
            outcome=OUTCOMES[row.outcome].sentence,
            person=situation.who(row),
            at=row.at,
            voided=row.voided_at is not None,
            reason=_reason(row),
        )
        for row in rows
    )
