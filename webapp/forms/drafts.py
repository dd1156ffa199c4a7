"""Between the editor's flat fields and the nested content of a version, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from webapp import plain_editing
from webapp.forms.packages import PackageForm
from workflows.content import (
    AttachmentRef,
    Content,
    Elements,
    Interpretation,
    Material,
    Metadata,
    Plan,
    Points,
)
from workflows.intake import Recognised, markup, read_text

#: Written by the server; what a browser sends under these names is not looked at.
_OURS = frozenset(
    {
        *("unit", "drafter", "disclosure_due", "interpretation_required"),
        *("catalogue_name", "catalogue_edition"),
    }
)
_METADATA = tuple(item.name for item in fields(Metadata) if item.name not in _OURS)
_ELEMENTS = tuple(item.name for item in fields(Elements))
_POINTS = tuple(item.name for item in fields(Points))
_PLAN = tuple(item.name for item in fields(Plan))
_OTHER = (
    *("by_unit", "by_unit_reason", "interpreter_kind", "interpreter"),
    *("fewer_forms_reason", "similarity_reason"),
)


def filled_in(content: Content) -> dict[str, Any]:
    """The fields of the editor for a version."""
    given = content.interpretation
    return {
        **{name: getattr(content.metadata, name) for name in _METADATA},
        "interpretation_required": "yes" if content.metadata.interpretation_required else "no",
        "body": plain_editing.editable(content.body_html),
        **{name: getattr(given.elements, name) for name in _ELEMENTS},
        **{name: getattr(given.points, name) for name in _POINTS},
        **{f"plan_{name}": getattr(given.plan, name) for name in _PLAN},
        **{name: getattr(given, name) for name in _OTHER},
    }


def content_of(
    form: PackageForm,
    base: Content,
    *,
    body_html: str | None = None,
    attachments: Sequence[AttachmentRef] = (),
    alt: Mapping[str, str] | None = None,
    material: AttachmentRef | None = None,
) -> Content:
    """What the form says, over the version it was opened on. `body_html` comes from an uploaded file."""
    metadata = replace(
        base.metadata,
        interpretation_required=form.interpretation_required.data != "no",
        **_given(form, Metadata, _METADATA),
    )
    gone = set(form.remove_attachment.data or ())
    kept = tuple(item for item in base.attachments if item.digest not in gone)
    body = _body(form.body.data or "", base.body_html) if body_html is None else body_html
    return Content(
        metadata=metadata,
        body_html=_pictures(form, body, alt or {}),
        interpretation=_interpretation(form, base.interpretation, material),
        attachments=(*kept, *(item for item in attachments if item not in kept)),
    )


def _pictures(form: PackageForm, body_html: str, alt: Mapping[str, str]) -> str:
    """The text without the pictures that were ticked, the others described as typed."""
    left = markup.without_images(body_html, set(form.remove_image.data or ()))
    return markup.with_images(left, "-", alt)


def _body(typed: str, old: str) -> str:
    if not typed.strip():
        return ""
    return plain_editing.edited(old, typed) if old.strip() else read_text(typed).body_html


def _interpretation(
    form: PackageForm, base: Interpretation, file: AttachmentRef | None
) -> Interpretation:
    gone = set(form.remove_material.data or ())
    materials = [item for item in base.materials if material_key(item) not in gone]
    added = Material(
        form=form.material_form.data or "",
        title=_value(form.material_title.data) or (file.name if file else ""),
        file=file.digest if file else "",
        link=_value(form.material_link.data) or "",
        channel=_value(form.material_channel.data) or "",
        on=form.material_on.data,
        responsible=_value(form.material_responsible.data) or "",
    )
    if (added.file or added.link) and added not in materials:
        materials.append(added)
    return Interpretation(
        plan=Plan(**_given(form, Plan, _PLAN, "plan_")),
        elements=Elements(**_given(form, Elements, _ELEMENTS)),
        points=Points(**_given(form, Points, _POINTS)),
        materials=tuple(materials),
        **_given(form, Interpretation, _OTHER),
    )


def material_key(material: Material) -> str:
    """What names a material in the form: its file or its link, and its form."""
    return f"{material.form} {material.file or material.link}"


def recognised_content(body_html: str, found: Recognised) -> Content:
    """A first draft from what was recognised in the text; the drafter checks every field."""
    return Content(
        metadata=Metadata(
            title=found.title or "",
            document_kind=found.document_kind or "",
            document_number=found.number or "",
            issuer=found.issuer or "",
            dated_on=found.dated_on,
            attribute=found.attribute or "",
        ),
        body_html=body_html,
    )


def _given(form: PackageForm, kind: Any, names: Sequence[str], prefix: str = "") -> dict[str, Any]:
    """The values of these fields; one that was not sent at all is empty, as in a new draft."""
    empty = {item.name: item.default for item in fields(kind)}
    values = {name: _value(form[f"{prefix}{name}"].data) for name in names}
    return {name: empty[name] if value is None else value for name, value in values.items()}


def _value(data: Any) -> Any:
    """Text without outer spaces and with plain line ends; several choices in their order."""
    if isinstance(data, str):
        return data.replace("\r\n", "\n").strip()
    return tuple(data) if isinstance(data, list) else data
