"""A version as people read it: labelled facts, the parts that are judged one by one, and what changed."""

from __future__ import annotations

from html import escape

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import interpretation, readable
from workflows.compared import Comparison
from workflows.content import Content, Interpretation, Material, parse
from workflows.intake.markup import images, is_web_address
from workflows.interpretation import Likeness
from workflows.labelled_facts import facts
from workflows.models import PackageVersion
from workflows.read_models import AttachmentView, ContentView, InterpretationView, MaterialView
from workflows.readable import BODY, INTERPRETATION, METADATA
from workflows.vocabulary import ELEMENTS, INTERPRETATION_FORMS, label

__all__ = [
    "attachments",
    "compare",
    "content_view",
    "facts",
    "has_interpretation",
    "interpretation_view",
    "parts_of",
]


def has_interpretation(given: Interpretation) -> bool:
    """Whether there is anything that a reader of the document would be given: text or materials."""
    return bool(given.elements.text.strip() or given.materials)


def interpretation_view(content: Content) -> InterpretationView | None:
    """The interpretation in its four headings, with all that belongs to it; None if nothing was written.

    Whatever travels with the package is on the page of whoever decides on it, so an interpretation
    that consists of materials or of a plan alone is shown as well.
    """
    given = content.interpretation
    plan = readable.plan_of(given)
    points = readable.points_of(given)
    if not (has_interpretation(given) or plan or points or given.plan.forms):
        return None
    elements = tuple(
        (term.sentence, _as_paragraphs(getattr(given.elements, code)))
        for code, term in ELEMENTS.items()
        if getattr(given.elements, code).strip()
    )
    forms = tuple(
        INTERPRETATION_FORMS[code].sentence for code in INTERPRETATION_FORMS if code in given.forms
    )
    return InterpretationView(
        f"关于《{content.metadata.title}》的解读",
        elements,
        plan,
        forms,
        tuple(_material(one) for one in given.materials),
        points,
    )


def _material(material: Material) -> MaterialView:
    term = INTERPRETATION_FORMS.get(material.form)
    form = term.sentence if term else Sentence(material.form, material.form)
    title, link = material.title or form.zh, material.link
    if link and not is_web_address(link):  # never becomes a link, but who decides must see it
        title, link = f"{title}（{link}）", ""
    told = [material.channel, str(material.on or ""), material.responsible]
    if any(told):
        title = f"{title}（{'，'.join(one for one in told if one)}）"
    return MaterialView(form, title, material.file, link)


def _as_paragraphs(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"<p>{escape(line)}</p>" for line in lines if line)


def attachments(content: Content) -> tuple[AttachmentView, ...]:
    return tuple(
        AttachmentView(item.digest, item.name, item.media_type, item.size)
        for item in content.attachments
    )


def content_view(version: PackageVersion) -> ContentView:
    """The version for the task page and the package page."""
    content = parse(version.content)
    return ContentView(
        version_id=version.id,
        version_number=version.number,
        digest=version.digest,
        title=content.metadata.title,
        body_html=content.body_html,
        facts=facts(content.metadata),
        interpretation=interpretation_view(content),
        attachments=attachments(content),
        created_at=version.created_at,
    )


def likeness(uow: UnitOfWork, version_id: int) -> Likeness:
    """How much of a version's interpretation is the document's own wording, for whoever judges it (domain:A2.9)."""
    return interpretation.likeness(parse(uow.session.get_one(PackageVersion, version_id).content))


def parts_of(content: Content) -> dict[str, Sentence]:
    """What the confidentiality review judges one by one (domain:A1.3); codes go into the verdicts."""
    parts = {"body": BODY, "metadata": METADATA}
    if interpretation_view(content) is not None:
        parts["interpretation"] = INTERPRETATION
    for item in content.attachments:
        parts[item.digest] = Sentence(f"附件：{item.name}", f"Attachment: {item.name}", item.digest)
    for number, (digest, alt) in enumerate(images(content.body_html).items(), start=1):
        zh, en = (f"：{alt}", f": {alt}") if alt else ("", "")
        parts.setdefault(
            digest,
            Sentence(f"正文图片{number}{zh}", f"Picture {number} of the text{en}", digest),
        )
    for material in content.interpretation.materials:
        if material.file:
            name = material.title or label(INTERPRETATION_FORMS, material.form)
            parts[material.file] = Sentence(
                f"解读材料：{name}", f"Interpretation material: {name}", material.file
            )
    return parts


def compare(old: PackageVersion, new: PackageVersion) -> Comparison:
    """What differs between two versions, part by part; never empty for two different digests."""
    if old.digest == new.digest:
        return Comparison(old.number, new.number, ())
    parts = readable.differences(parse(old.content), parse(new.content))
    return Comparison(old.number, new.number, parts)
