"""A package on its way in and as a whole: receive, read, compare, download, cancel. Editing: `editing.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import drawing, i18n
from webapp.answers import finish, only_once
from webapp.auth import viewer
from webapp.forms.decisions import day, whole_number
from webapp.forms.drafts import recognised_content
from webapp.forms.packages import ReceiveForm
from webapp.transaction import abandon, separate, uow
from webapp.views.tasks import place
from workflows import (
    consultations,
    drafting,
    emergencies,
    files,
    inspections,
    overrides,
    pages,
    permissions,
    queries,
    remarks,
    suspending,
    taking_back,
)
from workflows.errors import NotFound, Refused
from workflows.intake import Received, read_document, read_text
from workflows.overrides import Allowed, Asked
from workflows.read_models import PackagePage

blueprint = Blueprint("packages", __name__, url_prefix="/packages")


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Exceptions of an item as its page shows them."""

    asked: Sequence[Asked]
    history: Sequence[Allowed]
    may_ask: bool
    may_allow: frozenset[str]


#: Larger numbers are no ids of ours and would not fit the column.
ID = "<int(max=2147483647):package_id>"


@blueprint.get("/")
def index() -> str:
    """我的稿件: what I started, from draft to release."""
    return render_template("packages/index.html", page=queries.started_by_me(uow(), place()))


@blueprint.get("/new")
def new() -> str:
    """A file or a paste."""
    permissions.ensure(permissions.create_refusals(uow(), viewer().unit_id))
    return render_template("packages/new.html", form=ReceiveForm(formdata=None), refused=())


@blueprint.post("/new")
@only_once
def receive() -> ResponseReturnValue:
    """Read the text, make a draft with what was recognised in it, and show that for confirmation."""
    form = ReceiveForm()
    try:
        received = received_document() or read_text(form.body.data or "")
        keep_pictures(received)
        draft = recognised_content(received.body_html, received.recognised)
        package = drafting.create(uow(), draft)
    except Refused as refusal:
        abandon()
        return render_template("packages/new.html", form=form, refused=refusal.reasons), 422
    answer = finish(url_for("editing.edit", package_id=package.id, fresh=1))
    for warning in received.warnings:
        flash(i18n.say(warning), "note")
    return answer


def keep_pictures(received: Received | None) -> None:
    """Store the pictures of a document that was just read, before a version names them."""
    for picture in received.pictures if received else ():
        files.store_file(uow(), picture.name, picture.data)


def received_document() -> Received | None:
    """The uploaded document of this request, read; None if no file was chosen."""
    file = request.files.get("document")
    if file is None or not file.filename:
        return None
    return read_document(file.filename, file.stream.read())


@blueprint.get(f"/{ID}")
def show(package_id: int) -> str:
    """Where the package stands and everything that led there."""
    page = pages.package_page(uow(), package_id)
    answer = render_template(
        "packages/show.html",
        **whole(page),
        mine=taking_back.offer(uow(), package_id),
        nudgeable=remarks.nudgeable(uow(), package_id),
        may_comment=page.package.submitted_at is not None,
        suspension=suspending.state(uow(), package_id),
        consultation=consultations.state(uow(), package_id),
        exceptions=_exceptions(package_id, may_ask=page.may_edit),
    )
    look(page)
    return answer


def _exceptions(package_id: int, *, may_ask: bool) -> Exceptions:
    package = permissions.get_package(uow(), package_id)
    asked = overrides.asked(uow(), package)
    waiting = any(not one.covered for one in asked)
    return Exceptions(
        asked=asked,
        history=overrides.history(uow(), package_id),
        may_ask=waiting and may_ask,
        may_allow=frozenset(
            one.key
            for one in asked
            if not one.covered and not overrides.allow_refusals(uow(), package, one.key)
        ),
    )


def whole(page: PackagePage) -> dict[str, Any]:
    """What the templates of a whole package need."""
    return {
        "page": page,
        "emergency": emergencies.of(uow(), page),
        "hidden": inspections.findings(uow(), [file.digest for file in page.content.attachments]),
        "drawn": drawing.of_case(
            uow(),
            page.definition_id,
            active=page.open_elements,
            done=page.passed_elements,
            title=page.package.title,
        ),
    }


def look(page: PackagePage) -> None:
    """Remember that this version was opened by this person (domain:C10)."""
    with separate() as own:
        pages.look(own, page.package.package_id, page.content.version_id)
        own.commit()


@blueprint.get(f"/{ID}/versions")
def versions(package_id: int) -> str:
    """What differs between any two versions."""
    first, second = (whole_number(request.args.get(name)) for name in ("a", "b"))
    page = pages.package_page(uow(), package_id)
    if not {first, second} <= {version.number for version in page.versions}:
        raise NotFound
    found = pages.compare(uow(), package_id, first, second)
    answer = render_template(
        "packages/compare.html",
        head=page.package,
        found=found,
        versions=page.versions,
        beside=request.args.get("view") == "beside",
    )
    with separate() as own:
        for version in page.versions:
            if version.number in (first, second):
                pages.look(own, package_id, version.version_id)
        own.commit()
    return answer


@blueprint.get(f"/{ID}/attachments/<path:digest>")
def attachment(package_id: int, digest: str) -> ResponseReturnValue:
    """A file of this package. Always saved, never opened inside our origin."""
    name, media_type, content = files.attachment(uow(), package_id, digest)
    answer = send_file(BytesIO(content), media_type, as_attachment=True, download_name=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    with separate() as own:
        pages.look_at_file(own, package_id, digest, name)
        own.commit()
    return answer


@blueprint.post(f"/{ID}/comment")
@only_once
def comment(package_id: int) -> ResponseReturnValue:
    """留言: a remark in the trail of the item."""
    remarks.comment(uow(), package_id, request.form.get("text", ""))
    return finish(url_for("packages.show", package_id=package_id), _("留言已记入办理记录。"))


@blueprint.post(f"/{ID}/consult")
@only_once
def consult(package_id: int) -> ResponseReturnValue:
    """会商 on record: when, who, and what came of it."""
    typed = {name: request.form.get(name, "") for name in ("held_on", "participants", "conclusion")}
    try:
        consultations.record(
            uow(),
            package_id,
            held_on=day(typed["held_on"]),
            participants=typed["participants"],
            conclusion=typed["conclusion"],
        )
    except Refused as refusal:
        abandon()
        page = pages.package_page(uow(), package_id)
        shown = whole(page) | {"refused": refusal.reasons, "consulted": typed}
        shown["consultation"] = consultations.state(uow(), package_id)
        title = _("会商没有记录，原因如下：")
        return render_template("packages/show.html", refused_title=title, **shown), 422
    return finish(
        url_for("packages.show", package_id=package_id), _("会商已记录，拟稿人可以重报。")
    )


@blueprint.post(f"/{ID}/ask")
@only_once
def ask(package_id: int) -> ResponseReturnValue:
    """The drafter asks somebody senior to let a rule of 原则上 pass."""
    told = overrides.ask(uow(), package_id)
    said = _("已请%(who)s同意。", who=_("、").join(told))
    return finish(url_for("packages.show", package_id=package_id), said)


@blueprint.post(f"/{ID}/allow")
@only_once
def allow(package_id: int) -> ResponseReturnValue:
    """同意例外, for the version that was on the screen."""
    given = request.form
    overrides.allow(
        uow(),
        package_id,
        given.get("key", ""),
        digest=given.get("digest", ""),
        opinion=given.get("opinion", ""),
    )
    return finish(url_for("packages.show", package_id=package_id), _("已同意，拟稿人会收到消息。"))


@blueprint.post(f"/{ID}/suspend")
@only_once
def suspend(package_id: int) -> ResponseReturnValue:
    """暂停办理, with the reason."""
    suspending.suspend(uow(), package_id, request.form.get("reason", ""))
    return finish(url_for("packages.show", package_id=package_id), _("已暂停办理。"))


@blueprint.post(f"/{ID}/resume")
@only_once
def resume(package_id: int) -> ResponseReturnValue:
    """恢复办理."""
    suspending.resume(uow(), package_id)
    return finish(url_for("packages.show", package_id=package_id), _("已恢复办理。"))


@blueprint.post(f"/{ID}/nudge/<int(max=2147483647):task_id>")
@only_once
def nudge(package_id: int, task_id: int) -> ResponseReturnValue:
    """催办: whoever has the task, or could take it, is told."""
    package = remarks.nudge(uow(), task_id, request.form.get("note", ""))
    return finish(url_for("packages.show", package_id=package.id), _("已催办。"))


@blueprint.post(f"/{ID}/cancel")
@only_once
def cancel(package_id: int) -> ResponseReturnValue:
    """撤销 with a reason; it cannot be undone, so the form asks for a tick."""
    reason = request.form.get("reason", "").strip()
    try:
        drafting.cancel(uow(), package_id, reason)
    except Refused as refusal:
        abandon()
        page = pages.package_page(uow(), package_id)
        shown = whole(page) | {"refused": refusal.reasons, "typed_reason": reason}
        title = _("没有撤销，原因如下：")
        return render_template("packages/show.html", refused_title=title, **shown), 422
    return finish(url_for("packages.show", package_id=package_id), _("已撤销，这件不再流转。"))
