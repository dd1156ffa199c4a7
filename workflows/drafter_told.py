"""Word to the drafter when an item leaves its way without a release, and when it is taken up again (domain:C6).

Who decided, at which stage, and why; the rest stands on the item's page.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import notices, open_tasks, page_parts, standing_in
from workflows.models import Decision, Package
from workflows.person_models import both_names

#: By the status that a decision leaves the item in: the kind of message, and what it says.
_SET_ASIDE: Mapping[str, tuple[str, Sentence]] = {
    "on_hold": ("on_hold", Sentence("列为待用，暂不发布", "is on hold")),
    "rejected": ("ended", Sentence("不予采用，已办结", "was rejected and is closed")),
    "on_request": (
        "ended",
        Sentence(
            "确定为依申请公开，登记在册，不主动发布",
            "is for disclosure on request; it was registered and will not be released",
        ),
    ),
    "not_disclosed": (
        "ended",
        Sentence(
            "确定为不予公开，登记在册，不发布",
            "is not to be disclosed; it was registered and will not be released",
        ),
    ),
}
_GOES_ON = ("goes_on", Sentence("恢复办理", "goes on"))


def after(uow: UnitOfWork, package: Package, decision: Decision, before: str) -> None:
    """Whatever the drafter has to be told of `decision`; `before` was the item's status."""
    told = _told(package, before)
    if told is None:
        return
    kind, said = told
    stage = open_tasks.stage_name(decision.stage, decision.stage)
    who = both_names(
        decision.person_name, standing_in.both_names(uow, decision).get("acting_for", "")
    )
    why = page_parts.reasons(decision.reason_codes)
    zh = [f"《{package.title}》{said.zh}（{stage.zh}，{who.zh}）。"]
    en = [f"“{package.title}” {said.en} ({stage.en}, {who.en})."]
    if why:
        zh.append(f"原因：{'；'.join(one.zh for one in why)}。")
        en.append(f"Reason: {'; '.join(one.en for one in why)}.")
    if decision.opinion:
        zh.append(f"意见：{decision.opinion}")
        en.append(f"Opinion: {decision.opinion}")
    _tell(uow, package, kind, Sentence("".join(zh), " ".join(en), package.status))


def taken_back(uow: UnitOfWork, package: Package, before: str) -> None:
    """The same where the decision that set the item aside, or took it up again, was taken back."""
    told = _told(package, before)
    if told is None:
        return
    kind, said = told
    name = uow.actor.name
    text = Sentence(
        f"《{package.title}》{said.zh}：{name}撤回了先前的决定。",
        f"“{package.title}” {said.en}: {name} took the earlier decision back.",
        package.status,
    )
    _tell(uow, package, kind, text)


def _told(package: Package, before: str) -> tuple[str, Sentence] | None:
    if package.status == before:
        return None
    if before in _SET_ASIDE and package.status not in _SET_ASIDE:
        return _GOES_ON
    return _SET_ASIDE.get(package.status)


def _tell(uow: UnitOfWork, package: Package, kind: str, text: Sentence) -> None:
    notices.tell(uow, [package.drafter_id], kind, text, link=f"/packages/{package.id}")
