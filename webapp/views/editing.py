"""The editor: of a draft, and of a returned package on its way back into the chain.

Saving and submitting are two acts: what was typed is kept even when the gates refuse circulation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from engine.text import Sentence
from webapp import catalogue_choices, formats, i18n
from webapp.answers import finish, only_once
from webapp.forms.decisions import whole_number
from webapp.forms.drafts import content_of, filled_in, material_key
from webapp.forms.packages import PackageForm, RevisionForm
from webapp.transaction import abandon, uow
from webapp.views.decisions import whose_turn
from webapp.views.packages import ID, keep_pictures, received_document
from webapp.views.tasks import ID as TASK
from workflows import (
    consultations,
    content,
    drafting,
    files,
    inspections,
    interpretation,
    lifecycle,
    overrides,
    pages,
    parameters,
    permissions,
    revising,
    showing,
)
from workflows.compared import Comparison
from workflows.content import AttachmentRef, Content, Material
from workflows.errors import DocumentChanged, GateRefused, NotFound, Refused
from workflows.field_sources import SOURCES
from workflows.intake import markup
from workflows.intake.recognise import recognise
from workflows.models import PackageVersion
from workflows.read_models import DecisionView, OutcomeView, TaskPage
from workflows.vocabulary import ATTRIBUTES, CHANGE_CLASSES, INTERPRETATION_FORMS, NEEDS_REASON

blueprint = Blueprint("editing", __name__)

#: domain:A1.1: what each attribute leads to, in one line.
_ATTRIBUTE_LINES = {
    "proactive": Sentence("走完审查、三审三校后对社会公布。", "Published after the whole chain."),
    "on_request": Sentence("登记备查，有人申请时办理。", "Registered; handled when somebody asks."),
    "not_disclosed": Sentence(
        "登记备查，须注明法定情形和理由。", "Registered with its statutory ground and reason."
    ),
}
#: domain:C5: what each class of change is.
_WHAT = {
    "t1": (
        Sentence("错别字、标点、空格、格式，不改变意思。", "Typos, punctuation, spacing, layout."),
    ),
    "t2": (
        Sentence(
            "姓名、数字、日期、金额、引文、链接。", "Names, numbers, dates, amounts, quotes, links."
        ),
    ),
    "t3": (
        Sentence(
            "意思、政策或政治表述，增删段落、附件、图片。",
            "Meaning, policy or political wording; paragraphs, attachments or images.",
        ),
    ),
}
_NO_CLASS = Sentence("请先选择修改的性质，再重报。", "Choose the class of the change first.")


@dataclass(frozen=True, slots=True)
class Opened:
    """A package in the editor: the version it was opened on and, on the way back, its task."""

    package_id: int
    number: str
    version: PackageVersion
    content: Content
    unit_id: int
    task: TaskPage | None = None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else saved while this page was open: who and when, and how the two texts differ."""

    says: str
    difference: Comparison


@blueprint.get(f"/packages/{ID}/edit")
def edit(package_id: int) -> ResponseReturnValue:
    """The draft, filled in as it was saved last."""
    opened = _open(package_id)
    task_id = _revision_of(package_id)
    if task_id is not None:
        return redirect(url_for("editing.revise", task_id=task_id))
    return _page(opened, _form(opened))


def _revision_of(package_id: int) -> int | None:
    """The open revision task of a package that was sent back."""
    tasks = pages.package_page(uow(), package_id).open_tasks
    return next((task.task_id for task in tasks if task.element == "revise"), None)


@blueprint.post(f"/packages/{ID}/edit")
@only_once
def save(package_id: int) -> ResponseReturnValue:
    """保存草稿 or 保存并送审."""
    opened, form = _open(package_id), PackageForm()
    saved = _save(opened, form)
    if not isinstance(saved, PackageVersion):
        return saved
    if request.form.get("do") != "submit":
        said = _("草稿已保存（%(time)s）。", time=formats.moment(uow().now)[-5:])
        return finish(url_for("editing.edit", package_id=package_id), said)
    uow().commit()  # from here on the text is kept, whatever the gates say
    try:
        drafting.submit(uow(), package_id, digest=saved.digest)
    except Refused as refusal:
        _record(package_id, refusal)
        again = _open(package_id)
        return _page(again, _form(again), refusal.reasons, saved=True), 422
    said = [_("已送审。"), *whose_turn(pages.package_page(uow(), package_id).open_tasks)]
    return finish(url_for("packages.show", package_id=package_id), " ".join(said))


@blueprint.get(f"/tasks/{TASK}/revise")
def revise(task_id: int) -> str:
    """The returned package in the editor, with the opinions that sent it back."""
    opened = _open_task(task_id)
    return _page(opened, _form(opened))


@blueprint.post(f"/tasks/{TASK}/revise")
@only_once
def resubmit(task_id: int) -> ResponseReturnValue:
    """Save the revision and, if asked, send it back into the chain with the class of its change."""
    opened, form = _open_task(task_id), RevisionForm()
    resubmits = request.form.get("do") == "resubmit"
    if resubmits and not form.change_class.data:
        return _page(opened, form, (_NO_CLASS,)), 422
    saved = _save(opened, form)
    if not isinstance(saved, PackageVersion):
        return saved
    if not resubmits:
        said = _("修改已保存（%(time)s），还没有重报。", time=formats.moment(uow().now)[-5:])
        return finish(url_for("editing.revise", task_id=task_id), said)
    uow().commit()  # the text is kept even if the resubmission is refused
    chosen, note = form.change_class.data or "", form.note.data or ""
    try:
        drafting.resubmit(uow(), task_id, change_class=chosen, digest=saved.digest, note=note)
    except Refused as refusal:
        _record(opened.package_id, refusal)
        again = _open_task(task_id)
        return _page(again, _form(again, chosen, note), refusal.reasons, saved=True), 422
    now = pages.package_page(uow(), opened.package_id).open_tasks
    said = [_("已重报。"), *whose_turn(now)]
    return finish(url_for("packages.show", package_id=opened.package_id), " ".join(said))


def _record(package_id: int, refusal: Refused) -> None:
    """domain:A2.4: what the gates refused is on record; the refused act itself left nothing."""
    abandon()
    if isinstance(refusal, GateRefused):
        drafting.record_refusal(uow(), package_id, refusal.reasons)
        uow().commit()


def _open(package_id: int, task: TaskPage | None = None) -> Opened:
    package = permissions.get_package(uow(), package_id)
    permissions.ensure(permissions.edit_refusals(uow(), package))
    version = lifecycle.current_version(uow(), package)
    text = content.parse(version.content)
    return Opened(package_id, package.number, version, text, package.unit_id, task)


def _open_task(task_id: int) -> Opened:
    page = pages.task_page(uow(), task_id)
    if page.element != "revise":
        raise NotFound
    permissions.ensure(() if page.may_decide else page.why_not)
    return _open(page.package.package_id, page)


def _form(opened: Opened, change_class: str = "", note: str = "") -> PackageForm:
    """The editor filled in from the version that was opened."""
    values = filled_in(opened.content) | {"base_version": opened.version.number, "note": note}
    if opened.task is None:
        return PackageForm(formdata=None, data=values)
    return RevisionForm(formdata=None, data=values | {"change_class": change_class})


def _save(opened: Opened, form: PackageForm) -> PackageVersion | ResponseReturnValue:
    """The stored version, or the page that says why there is none, with everything that was typed."""
    if not form.validate():
        return _page(opened, form), 422
    try:
        draft = _draft(opened, form)
    except Refused as refusal:
        abandon()
        return _page(_open(opened.package_id, opened.task), form, refusal.reasons), 422
    try:
        base = whole_number(form.base_version.data)
        note = form.note.data or ""
        return drafting.save(uow(), opened.package_id, draft, base_version=base, note=note)
    except DocumentChanged:
        abandon()
        return _overtaken(_open(opened.package_id, opened.task), form, draft), 409
    except Refused as refusal:
        abandon()
        return _page(_open(opened.package_id, opened.task), form, refusal.reasons), 422


def _draft(opened: Opened, form: PackageForm) -> Content:
    received = received_document()
    keep_pictures(received)
    material = request.files.get("material_file")
    return content_of(
        form,
        opened.content,
        body_html=received.body_html if received else None,
        alt={name[4:]: text for name, text in request.form.items() if name[:4] == "alt:"},
        attachments=list(_stored(request.files.getlist("new_attachments"))),
        material=next(_stored([material] if material else []), None),
    )


def _stored(uploads: Sequence[FileStorage]) -> Iterator[AttachmentRef]:
    for upload in uploads:
        if upload.filename:
            stored = files.store_file(uow(), upload.filename, upload.stream.read())
            yield files.reference(stored, upload.filename)


def _overtaken(opened: Opened, form: PackageForm, draft: Content) -> str:
    """Somebody saved in between: both texts are kept, and the next press is about the newer one."""
    typed = PackageVersion(number=0, content=content.canonical(draft), digest=content.digest(draft))
    difference = showing.compare(opened.version, typed)
    versions = pages.package_page(uow(), opened.package_id).versions
    saved = max(versions, key=lambda version: version.number)
    says = _(
        "您编辑的时候，%(who)s 在 %(at)s 保存了第 %(n)s 版。",
        who=saved.created_by,
        at=formats.moment(saved.created_at),
        n=saved.number,
    )
    form.base_version.data = str(opened.version.number)
    form.remove_material.data, form.remove_attachment.data = [], []
    return _page(opened, form, overtaken=Overtaken(says, difference))


def _page(
    opened: Opened,
    form: PackageForm,
    refused: Sequence[Sentence] = (),
    overtaken: Overtaken | None = None,
    *,
    saved: bool = False,
) -> str:
    """The editor. `saved`: the text was kept before the refusal, and only going on was refused."""
    catalogue_choices.offer(uow(), form, opened.unit_id)
    fresh = "fresh" in request.args and request.method == "GET"
    return render_template(
        "packages/edit.html",
        heading=_("修改重报") if opened.task else _("编辑稿件"),
        package_id=opened.package_id,
        number=opened.number,
        form=form,
        refused=refused,
        refused_title=_("内容已经保存，但还不能流转，原因如下：")
        if saved
        else _("没有保存，原因如下。您填写的内容都在："),
        overtaken=overtaken,
        recognised=_recognised(opened.content) if fresh else (),
        returned=_returned(opened.task),
        waits_for=consultations.refusals(uow(), permissions.get_package(uow(), opened.package_id))
        if opened.task
        else (),
        attributes=[(code, term, _ATTRIBUTE_LINES[code]) for code, term in ATTRIBUTES.items()],
        attachments=opened.content.attachments,
        pictures=markup.images(opened.content.body_html),
        hidden=inspections.findings(uow(), files.cited(opened.content)),
        materials=[_material_line(item) for item in opened.content.interpretation.materials],
        changes=_changes(opened.task),
        **_proposed(opened),
        gates=drafting.submission_gates(uow(), opened.package_id),
        exceptions=[
            one
            for one in overrides.asked(uow(), permissions.get_package(uow(), opened.package_id))
            if not one.covered
        ],
        sources=SOURCES,
        rules=parameters.rules(uow(), opened.unit_id),
        likeness=interpretation.likeness(opened.content),
    )


def _returned(task: TaskPage | None) -> list[DecisionView]:
    """The opinions that sent it back, the latest first."""
    given = task.opinions if task else ()
    return [each for each in given if each.outcome_code in NEEDS_REASON]


def _changes(task: TaskPage | None) -> tuple[OutcomeView, ...]:
    """The classes of change: what each is, and what follows from it; cancelling has its own place."""
    offered = [o for o in task.outcomes if o.code in CHANGE_CLASSES] if task else []
    return tuple(
        replace(o, consequences=(*_WHAT.get(o.code, ()), *o.consequences)) for o in offered
    )


def _proposed(opened: Opened) -> dict[str, object]:
    """domain:C5: the class that the saved change speaks for and why; since which version it is counted."""
    package = permissions.get_package(uow(), opened.package_id)
    found = revising.proposal(uow(), package) if opened.task else None
    if found is None or not found[0].touched:
        return {"proposal": None}
    proposal, since = found
    name = CHANGE_CLASSES[proposal.change_class].sentence
    return {"proposal": proposal, "proposal_name": name, "proposal_from": since}


def _recognised(given: Content) -> list[tuple[str, str]]:
    """What the text itself says, for the drafter to confirm."""
    found = recognise(markup.text_of(given.body_html))
    return [
        (_("标题"), found.title or ""),
        (_("发文字号"), found.number or ""),
        (_("发文机关"), found.issuer or ""),
        (_("成文日期"), formats.day(found.dated_on)),
        (_("公开标注"), found.disclosure_line or ""),
    ]


def _material_line(material: Material) -> tuple[str, str, str]:
    form = INTERPRETATION_FORMS.get(material.form)
    return material_key(material), i18n.say(form) if form else "", material.title or material.link
