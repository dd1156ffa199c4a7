"""Work lists, and the desk of one task: read | know | decide. Claiming and putting back are one press."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from engine.text import Sentence
from webapp import drawing, formats, i18n, plain_editing, portal, read_back
from webapp.answers import finish, only_once
from webapp.forms.decisions import TypedDecision, whole_number
from webapp.transaction import abandon, separate, uow
from workflows import (
    assignments,
    decision_parts,
    eligibility,
    inspections,
    pages,
    publishing,
    queries,
    showing,
)
from workflows.errors import Refused
from workflows.paging import Place
from workflows.read_models import DecisionView, Page, TaskPage, TaskRow
from workflows.vocabulary import ATTRIBUTES, OUTCOMES

blueprint = Blueprint("tasks", __name__)

#: Larger numbers are no ids of ours and would not fit the column.
ID = "<int(max=2147483647):task_id>"
_NAMES = {
    "mine": _l("我的待办"),
    "group": _l("组内可认领"),
    "done": _l("我已办"),
    "nobody": _l("无合格人员"),
}
_PHRASES = (
    _l("内容准确，格式规范，同意。"),
    _l("解读与原文一致，要素完整。"),
    _l("请按所列问题修改后重报。"),
)


@blueprint.get("/tasks")
def index() -> str:
    """我的待办, the first page of the working day."""
    return _list("mine", queries.my_tasks)


@blueprint.get("/tasks/available")
def group() -> str:
    """组内可认领."""
    return _list("group", queries.group_tasks)


@blueprint.get("/tasks/done")
def done() -> str:
    """我已办."""
    return _list("done", queries.done_by_me)


@blueprint.get("/tasks/stuck")
def nobody() -> str:
    """无合格人员: visible to those who oversee, so that no item is forgotten (domain:C7)."""
    return _list("nobody", queries.nobody_tasks)


def _list(tab: str, rows: Callable[..., Page[TaskRow]]) -> str:
    page = rows(uow(), place())
    return render_template(
        "tasks/index.html",
        tab=tab,
        heading=_NAMES[tab],
        page=page,
        empty=None if page.rows else _nothing(tab),
    )


def place() -> Place:
    """Which screen of a list was asked for."""
    return Place(after=request.args.get("after"), before=request.args.get("before"))


def _nothing(tab: str) -> dict[str, str]:
    """What an empty list says, and where to go from there."""
    waiting = queries.counts(uow()).get("group_tasks", 0)
    if tab == "mine" and waiting:
        return {
            "title": _("手上没有待办。"),
            "text": _("组内还有 %(n)s 件可以认领。", n=waiting),
            "link": url_for("tasks.group"),
            "link_text": _("去看可认领的"),
        }
    titles = {
        "mine": (_("没有待办。"), _("有新的任务时，会出现在这里。")),
        "group": (_("没有可认领的任务。"), _("您所在岗位的新任务会出现在这里，先到先领。")),
        "done": (_("还没有办过的任务。"), _("您办结的每一件都会留在这里。")),
        "nobody": (_("没有卡住的任务。"), _("每一件都至少有一个人可以办理。")),
    }
    title, text = titles[tab]
    return {"title": title, "text": text}


@blueprint.get(f"/tasks/{ID}")
def show(task_id: int) -> str:
    """The desk; opening it is remembered, so that the next visit can say what changed."""
    page = pages.task_page(uow(), task_id)
    answer = desk(page, TypedDecision(opinion=page.opinion_draft))
    with separate() as own:
        pages.look(own, page.package.package_id, page.content.version_id)
        own.commit()
    return answer


@blueprint.post(f"/tasks/{ID}/claim")
@only_once
def claim(task_id: int) -> ResponseReturnValue:
    """认领 in one press."""
    seen = request.form.get("seen_version")
    assignments.claim(uow(), task_id, seen_version=whole_number(seen) if seen else None)
    return finish(url_for("tasks.show", task_id=task_id), _("已认领，现在由您办理。"))


@blueprint.post(f"/tasks/{ID}/unclaim")
@only_once
def unclaim(task_id: int) -> ResponseReturnValue:
    """退签: back to the group."""
    assignments.unclaim(uow(), task_id)
    return finish(url_for("tasks.group"), _("已退签，这件回到组内，别人可以认领。"))


@dataclass(frozen=True, slots=True)
class Reassigning:
    """What was typed into the form of 转办."""

    to_person: int
    reason: str


@blueprint.post(f"/tasks/{ID}/reassign")
@only_once
def reassign(task_id: int) -> ResponseReturnValue:
    """转办: hand the task to somebody who can do it, with the reason."""
    typed = Reassigning(whole_number(request.form.get("to_person")), request.form.get("reason", ""))
    try:
        assignments.reassign(uow(), task_id, typed.to_person, typed.reason)
    except Refused as refusal:
        abandon()
        page = pages.task_page(uow(), task_id)
        opinion = TypedDecision(opinion=page.opinion_draft)
        return desk(page, opinion, refusal.reasons, reassigning=typed), 422
    return finish(url_for("tasks.show", task_id=task_id), _("已转办，对方会收到消息。"))


def _dispute(page: TaskPage) -> DecisionView | None:
    """The standing dissent of the attribute review, for whoever signs (domain:C4)."""
    if page.element not in ("final_review", "principal_review"):
        return None
    reviews = (one for one in page.opinions if one.stage_code == "attribute_review")
    last = next(reviews, None)
    disputed = last is not None and any(part.code == "dissent" for part in last.parts)
    return last if disputed and last is not None and last.voided_at is None else None


def desk(
    page: TaskPage,
    typed: TypedDecision,
    refused: Sequence[Sentence] = (),
    *,
    saved_at: str = "",
    reassigning: Reassigning | None = None,
) -> str:
    """The task page with what was typed so far and, after a refusal, every reason."""
    corrects = any(outcome.code == "corrected" for outcome in page.outcomes)
    correction = typed.correction
    if corrects and correction is None:
        correction = plain_editing.editable(page.content.body_html)
    return render_template(
        "tasks/show.html",
        page=page,
        typed=typed,
        refused=refused,
        refused_title=_("没有办成，原因如下。您填写的内容都在："),
        correction=correction if corrects else None,
        acts={outcome.code: act(page, outcome.code) for outcome in page.outcomes},
        verdicts=[
            (code, OUTCOMES[code].sentence)
            for code in (*decision_parts.VERDICTS, decision_parts.DOUBT)
            if code != decision_parts.DOUBT or page.element == "confidentiality_review"
        ],
        phrases=_PHRASES,
        drawn=drawing.of_case(
            uow(), page.definition_id, active=page.open_elements, title=i18n.say(page.stage)
        ),
        hidden=inspections.findings(uow(), [file.digest for file in page.content.attachments]),
        attributes=ATTRIBUTES,
        likeness=showing.likeness(uow(), page.content.version_id),
        why_me=eligibility.why_me(uow(), page.task_id),
        dispute=_dispute(page),
        saved_at=saved_at,
        reassigning=reassigning,
        read_back=_read_back(page),
    )


def _read_back(page: TaskPage) -> list[Sentence] | None:
    """At the read-back: what the public pages show otherwise than approved; None elsewhere."""
    if page.element != "readback" or page.status != "open" or page.package.slug is None:
        return None
    public = publishing.by_slug(uow(), page.package.slug)
    return read_back.differences(
        portal.document(public),
        portal.interpretation(public) if public.interpretation else None,
        page.content,
        i18n.language(),
    )


def act(page: TaskPage, outcome: str) -> str:
    """What the one primary button says: the act by name, never “确定”."""
    stage = i18n.say(page.stage)
    if outcome == "pass":
        return str(_("通过%(stage)s", stage=stage))
    if outcome == "confirm":
        return str(_("完成%(stage)s", stage=stage))
    return i18n.say(OUTCOMES[outcome])


def clock_time() -> str:
    """The minute of this act, for “已保存 14:03”."""
    return formats.moment(uow().now)[-5:]
