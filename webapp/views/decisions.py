"""One decision per press. Whatever is refused comes back with every reason and every word that was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.errors import (
    NotYourTask,
    SanshenError,
    StalePage,
    TaskAlreadyClaimed,
    TaskClosed,
)
from webapp import formats, i18n
from webapp.answers import finish, only_once
from webapp.errors import record_refusal
from webapp.forms.decisions import SCAN, TypedDecision
from webapp.transaction import abandon, separate, uow
from webapp.views.tasks import ID, clock_time, desk
from workflows import files, pages, publishing, reviewing, taking_back, trail_sentences
from workflows.errors import DocumentChanged, NotPermitted, Refused, ReleaseRefused
from workflows.read_models import OpenTask

blueprint = Blueprint("decisions", __name__)

#: The page was overtaken by somebody else's act.
_STALE = (DocumentChanged, StalePage, TaskClosed, TaskAlreadyClaimed)
#: It is not this person's act (any more).
_FORBIDDEN = (NotPermitted, NotYourTask)


@blueprint.post(f"/tasks/{ID}/decision")
def decide(task_id: int) -> ResponseReturnValue:
    """Give the decision; say what happened, who has it now and until when."""
    typed = TypedDecision.read(request.form)
    try:
        typed = _with_scan(typed)
        return _decided(task_id, typed)
    except (Refused, *_STALE, *_FORBIDDEN) as refusal:
        return _again(task_id, typed, refusal)


@only_once
def _decided(task_id: int, typed: TypedDecision) -> ResponseReturnValue:
    # inside `decide`, so that the second of two presses finds the first one's answer before
    # anything is said about a task that is closed by now
    done = reviewing.decide(uow(), task_id, typed.decision(_shown_body(task_id, typed)))
    said = [i18n.say(done.sentence), *_closed(done.ended), *whose_turn(done.next)]
    return finish(url_for("tasks.index"), " ".join(said))


def _closed(end: str | None) -> list[str]:
    """How the item ended, if this was the last act."""
    if end is None:
        return []
    said = i18n.say(trail_sentences.ending(end))
    return [_("%(how)s。", how=said[:1].upper() + said[1:])]


def _with_scan(typed: TypedDecision) -> TypedDecision:
    """The decision with the paper that was handed in, now or before a refusal; it is kept whatever comes of it."""
    upload, before = request.files.get(SCAN), request.form.get("scan_digest", "")
    if upload is not None and upload.filename:
        abandon()
        with separate() as own:
            stored = files.store_file(own, upload.filename, upload.stream.read())
            kept = files.reference(stored, upload.filename)
            own.commit()
        return replace(typed, scan=kept)
    if not before:
        return typed
    return replace(typed, scan=files.by_digest(uow(), before, request.form.get("scan_name", "")))


def _shown_body(task_id: int, typed: TypedDecision) -> str | None:
    """The text that a correction is put into; None if it is no longer the one that was shown."""
    if typed.outcome != "corrected":
        return None
    shown = pages.task_page(uow(), task_id).content
    return shown.body_html if shown.digest == typed.digest else None


def _again(task_id: int, typed: TypedDecision, refusal: SanshenError) -> tuple[str, int]:
    """The same page as it stands now, with the reasons and with what was typed."""
    abandon()
    forbidden = isinstance(refusal, _FORBIDDEN)
    if forbidden:
        record_refusal(refusal)
    if isinstance(refusal, ReleaseRefused):  # domain:C4: a final gate that failed is on record
        with separate() as own:
            publishing.record_refusal(own, task_id, refusal)
            own.commit()
    page = pages.task_page(uow(), task_id)
    status = 403 if forbidden else 409 if isinstance(refusal, _STALE) else 422
    return desk(page, typed, refusal.reasons), status


@blueprint.post(f"/tasks/{ID}/take-back")
@only_once
def take_back(task_id: int) -> ResponseReturnValue:
    """撤回: undo one's own decision; the task is open again in the same hands."""
    package = taking_back.take_back(uow(), task_id, request.form.get("reason", ""))
    return finish(
        url_for("packages.show", package_id=package.id),
        _("已撤回，这项任务回到您手上。"),
    )


def whose_turn(tasks: Sequence[OpenTask]) -> list[str]:
    """Who has the item now, and until when."""
    return [
        _(
            "现在是%(stage)s，%(who)s%(due)s。",
            stage=i18n.say(task.stage),
            who=i18n.say(task.with_whom),
            due=_("，%(day)s前办结", day=formats.day(task.due.at)) if task.due else "",
        )
        for task in tasks
    ]


@blueprint.post(f"/tasks/{ID}/draft")
def save_draft(task_id: int) -> ResponseReturnValue:
    """保存草稿, by the script while typing or by the button without one; nothing is decided by it."""
    typed = TypedDecision.read(request.form)
    reviewing.save_draft(uow(), task_id, typed.opinion)
    saved_at = clock_time()
    uow().commit()
    if "X-CSRFToken" in request.headers:
        return Response(status=204)
    abandon()
    return desk(pages.task_page(uow(), task_id), typed, saved_at=saved_at)
