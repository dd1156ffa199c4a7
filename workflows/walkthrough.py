"""A real document through the whole chain, as each role, with three returns, in a scratch database.

It proves one sentence on the reader's own file: what is released is byte for byte what was approved.
Whether the public pages show it is looked at on the pages themselves, by the command that runs this.
Commits are the door's: every act is handed to `do`, which opens, runs and commits it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Protocol, TypeVar

import sqlalchemy as sa

from engine import clock
from engine.database import SYSTEM, Actor, UnitOfWork
from engine.models import UserTask
from engine.text import Sentence
from workflows import (
    assignments,
    content,
    drafting,
    intake,
    lifecycle,
    overrides,
    oversight,
    pages,
    permissions,
    reviewing,
    scratch_office,
    showing,
)
from workflows.content import Content, Elements, Interpretation, Metadata, Plan, Points
from workflows.decision_form import BY_PARTS, DecisionInput
from workflows.demo import records
from workflows.errors import Refused
from workflows.intake import Received
from workflows.models import Decision, Package, PackageVersion, Publication
from workflows.read_models import ContentView
from workflows.vocabulary import DOCUMENT_KINDS, ELEMENTS, OUTCOMES, STAGES, TOPICS

Answer = TypeVar("Answer")
Tell = Callable[[Sentence], None]


class Do(Protocol):
    """The door: opens a unit of work for an actor, runs the act, commits it and gives back its answer."""

    def __call__(self, actor: Actor, act: Callable[[UnitOfWork], Answer]) -> Answer: ...


#: A paragraph of the walkthrough's own, so that revisions change something in any document.
_ADDED = "<p>对本文件有意见的，可以在公开后5个工作日内向发文机关提出。</p>"
_T2 = ("公开后5个工作日内", "公开后10个工作日内")
_T1 = ("可以在公开后", "可在公开后")

#: stage, outcome, what the drafter then does to the text (class, from, to).
_RETURNS: dict[str, tuple[str, str, str]] = {
    "confidentiality_review": ("treat", "R09", "t3"),
    "second_review": ("return", "R12", "t2"),
    "second_proofreading": ("return", "R11", "t1"),
}
_PASSES = {
    "attribute_review": "proactive",
    "confidentiality_review": "clear",
    "delta_confirmation": "confirm",
    "sign_confirmation": "confirm",
    "third_party_opinion": "agree",
    "inter_agency_confirmation": "consistent",
    "legality_review": "lawful",
    "release": "publish",
    "readback": "ok",
}
#: More acts than the longest way through the chain with three returns.
_MOST_ACTS = 60


@dataclass(frozen=True, slots=True)
class Walked:
    """What came of it. `approved` and `released` are digests of bytes, computed here."""

    package_id: int
    slug: str
    approved: str
    released: str

    @property
    def ok(self) -> bool:
        return self.approved == self.released


def run(
    do: Do, document: tuple[str, bytes], interpretation: tuple[str, bytes], out: Tell
) -> Walked:
    """Take the two files through the chain and tell what happens; raises what a gate refuses."""
    received = intake.read_document(*document)
    elements = read_elements(intake.read_document(*interpretation).text)
    _tell_recognised(received, out)
    actors = do(SYSTEM, scratch_office.set_up)
    package_id = do(actors["drafter"], lambda uow: _create(uow, received, elements))
    do(actors["unit_head"], lambda uow: _allow(uow, package_id))
    do(actors["drafter"], lambda uow: _submit(uow, package_id))
    out(Sentence("送审通过 G0、G1、G2 关口。", "Submitted: gates G0, G1 and G2 passed."))
    _walk(do, actors, package_id, out)
    return do(SYSTEM, lambda uow: _result(uow, package_id, out))


# -- the files --------------------------------------------------------------------------------------


def read_elements(text: str) -> Elements:
    """The four parts of an interpretation from a text with the four headings (domain:A2.7)."""
    parts: dict[str, list[str]] = {}
    current: str | None = None
    for line in text.splitlines():
        heading = _heading(line)
        if heading is not None:
            current = heading
            parts.setdefault(current, [])
        elif current is not None and line.strip():
            parts[current].append(line.strip())
    missing = [term for code, term in ELEMENTS.items() if not parts.get(code)]
    if missing:
        raise Refused(
            *(
                Sentence(
                    f"解读文件中没有“{term.zh}”一节。",
                    f"The interpretation file has no section “{term.zh}” ({term.en}).",
                    "R05",
                )
                for term in missing
            )
        )
    return Elements(**{code: "\n".join(lines) for code, lines in parts.items()})


def _heading(line: str) -> str | None:
    bare = re.sub(r"^[\s【（(一二三四五六七八九十\d、.．）)]+|[\s】：:]+$", "", line)
    return next((code for code, term in ELEMENTS.items() if bare == term.zh), None)


def _tell_recognised(received: Received, out: Tell) -> None:
    found = received.recognised
    for zh, en, value in (
        ("标题", "title", found.title),
        ("发文字号", "document number", found.number),
        ("成文日期", "date", found.dated_on),
        ("发文机关", "issuer", found.issuer),
        ("文种", "kind", found.document_kind),
        ("公开标注", "disclosure line", found.disclosure_line),
    ):
        out(Sentence(f"识别 {zh}：{value or '（无）'}", f"recognised {en}: {value or '(none)'}"))


def _draft(uow: UnitOfWork, received: Received, elements: Elements) -> Content:
    """The package as a drafter would fill it in: what was recognised, and the rest as ordinary as can be."""
    found, today = received.recognised, clock.local_date(uow.now)
    kind = found.document_kind if found.document_kind in DOCUMENT_KINDS else "其他"
    metadata = Metadata(
        title=found.title or "",
        document_kind=kind or "其他",
        issuer=found.issuer or scratch_office.UNIT,
        document_number=found.number or content.NO_NUMBER,
        dated_on=found.dated_on or today,
        attribute=found.attribute or "proactive",
        scope="society",
        period="long_term",
        catalogue_item="政策文件",
        column="政策文件",
        topics=(next(iter(TOPICS)),),
        info_class="A",
        channels=("website",),
    )
    plan = Plan(
        outline="政策背景、决策依据、出台目的、重要举措",
        forms=("text", "qa", "graphic"),
        channel="政府网站",
        on=today + timedelta(days=1),
        responsible="演练拟稿人",
    )
    interpretation = Interpretation(
        plan=plan,
        elements=elements,
        points=Points(*["见解读四项要素"] * 6),
        interpreter_kind="author",
        interpreter="演练拟稿人",
        fewer_forms_reason="演练只备三种形式",
    )
    return Content(metadata, received.body_html, interpretation)


def _create(uow: UnitOfWork, received: Received, elements: Elements) -> int:
    return drafting.create(uow, _draft(uow, received, elements)).id


def _allow(uow: UnitOfWork, package_id: int) -> None:
    """Three forms of interpretation are enough for a walkthrough, whoever issued the document."""
    package = permissions.get_package(uow, package_id)
    digest = lifecycle.current_version(uow, package).digest
    for one in overrides.asked(uow, package):
        overrides.allow(uow, package_id, one.key, digest=digest, opinion="演练")


def _submit(uow: UnitOfWork, package_id: int) -> None:
    package = permissions.get_package(uow, package_id)
    digest = lifecycle.current_version(uow, package).digest
    drafting.submit(uow, package_id, digest=digest)


# -- the chain --------------------------------------------------------------------------------------


def _walk(do: Do, actors: dict[str, Actor], package_id: int, out: Tell) -> None:
    """Whatever is open is done by whoever it lies with, until nothing is open."""
    due = dict(_RETURNS)
    returned = ""
    for _ in range(_MOST_ACTS):
        open_now = do(SYSTEM, lambda uow: _open_task(uow, package_id))
        if open_now is None:
            return
        task_id, stage, role = open_now
        actor = actors[role]
        if stage == "revise":
            change = _RETURNS[returned][2]
            do(actor, partial(_revise, package_id=package_id, task_id=task_id, change=change))
            out(_act(actor, stage, change))
            continue
        outcome, code, _change = due.pop(stage, (_PASSES.get(stage, "pass"), "", ""))
        returned = stage if code else returned
        do(actor, partial(_decide, task_id=task_id, outcome=outcome, code=code))
        out(_act(actor, stage, outcome))
    raise Refused(Sentence("流程没有走到终点。", "The chain did not come to its end."))


def _open_task(uow: UnitOfWork, package_id: int) -> tuple[int, str, str] | None:
    package = uow.session.get_one(Package, package_id)
    task = uow.session.scalar(
        sa.select(UserTask)
        .where(UserTask.instance_id == package.case_id, UserTask.status == "open")
        .order_by(UserTask.id)
        .limit(1)
    )
    return (
        None if task is None else (task.id, task.element_id, task.candidate_group.partition(":")[0])
    )


def _decide(uow: UnitOfWork, task_id: int, outcome: str, code: str) -> None:
    """Claim, look, judge every part, tick the list, decide: as a person does, through the same verbs."""
    assignments.claim(uow, task_id)
    page = pages.task_page(uow, task_id)
    pages.look(uow, page.package.package_id, page.content.version_id)
    verdict = outcome if outcome in {"treat", "withhold"} else "clear"
    parts = {part.code: "clear" for part in page.parts}
    if page.element in BY_PARTS:
        parts["body"] = verdict
    given = DecisionInput(
        outcome=outcome,
        digest=page.content.digest,
        opinion="演练：请修改后重报。" if code else "演练：同意。",
        reason_codes=(code,) if code else (),
        locations="演练：末段" if code else "",
        checklist=tuple(item.code for item in page.checklist),
        parts=parts,
        redactions={"body": "演练：末段"}
        if verdict == "treat" and page.element in BY_PARTS
        else {},
        record=records.invented(page.element, outcome, clock.local_date(uow.now)),
    )
    reviewing.decide(uow, task_id, given)


def _revise(uow: UnitOfWork, package_id: int, task_id: int, change: str) -> None:
    package = uow.session.get_one(Package, package_id)
    before = lifecycle.current_version(uow, package)
    shown = content.parse(before.content)
    body = {
        "t3": lambda html: html + _ADDED,
        "t2": lambda html: html.replace(*_T2),
        "t1": lambda html: html.replace(*_T1),
    }[change](shown.body_html)
    drafting.save(uow, package_id, replace(shown, body_html=body), base_version=before.number)
    now = lifecycle.current_version(uow, package)
    drafting.resubmit(uow, task_id, change_class=change, digest=now.digest, note="演练修改")


def _act(actor: Actor, stage: str, outcome: str) -> Sentence:
    done, how = STAGES[stage], OUTCOMES[outcome]
    return Sentence(f"{actor.name}：{done.zh}，{how.zh}", f"{actor.role}: {done.en}, {how.en}")


# -- the result -------------------------------------------------------------------------------------


def _result(uow: UnitOfWork, package_id: int, out: Tell) -> Walked:
    for line in oversight.trail(uow, package_id):
        number = f"{line.seq:>3} " if line.seq is not None else "    "
        out(Sentence(f"{number}{line.sentence.zh}", f"{number}{line.sentence.en}"))
    out(oversight.verify(uow, package_id).sentence)
    publication = uow.session.scalars(
        sa.select(Publication).where(Publication.package_id == package_id)
    ).one()
    walked = Walked(
        package_id=package_id,
        slug=publication.slug,
        approved=content.digest(_signed(uow, package_id).content),
        released=content.digest(publication.content),
    )
    out(
        Sentence(
            f"签发文本指纹：{walked.approved}", f"digest of the approved text: {walked.approved}"
        )
    )
    out(
        Sentence(
            f"发布内容指纹：{walked.released}", f"digest of the released content: {walked.released}"
        )
    )
    return walked


def approved(uow: UnitOfWork, package_id: int) -> ContentView:
    """What the signing officer saw last, as people read it: the public pages are compared with this."""
    return showing.content_view(_signed(uow, package_id))


def _signed(uow: UnitOfWork, package_id: int) -> PackageVersion:
    last = uow.session.scalars(
        sa.select(Decision)
        .where(
            Decision.package_id == package_id,
            Decision.stage.in_(("sign_confirmation", "final_review", "principal_review")),
            Decision.voided_at.is_(None),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    ).one()
    return uow.session.get_one(PackageVersion, last.version_id)
