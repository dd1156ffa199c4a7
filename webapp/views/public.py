"""The public portal: released documents beside their interpretations, for anybody, without log-in."""

from __future__ import annotations

from io import BytesIO

from flask import (
    Blueprint,
    make_response,
    render_template,
    request,
    send_file,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import portal
from webapp.auth import open_to_all
from webapp.transaction import uow
from workflows import files, publishing
from workflows.paging import Place
from workflows.vocabulary import TOPICS

blueprint = Blueprint("public", __name__, url_prefix="/public")
LONGEST_SEARCH = 100


@blueprint.get("/")
@open_to_all
def index() -> ResponseReturnValue:
    """What has been released, the newest first; searched by words of the title and by topic."""
    text = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    topic = request.args.get("topic", "")
    topic = topic if topic in TOPICS else ""
    place = Place(after=request.args.get("after"), before=request.args.get("before"))
    found = publishing.released(uow(), place, text=text or None, topic=topic or None)
    column = _("政府信息公开")
    tags = (
        *portal.site_tags(),
        ("ColumnName", column),
        ("ColumnDescription", _("依法主动公开的政府信息及其解读")),
        ("ColumnKeywords", column),
        ("ColumnType", _("政策文件")),
    )
    return _fast(
        render_template(
            "public/index.html", page=found, text=text, topic=topic, topics=TOPICS, tags=tags
        )
    )


@blueprint.get("/<slug>")
@open_to_all
def document(slug: str) -> ResponseReturnValue:
    """A released document, its facts, and its interpretation beside it."""
    return _fast(portal.document(publishing.by_slug(uow(), slug)))


@blueprint.get("/<slug>/interpretation")
@open_to_all
def interpretation(slug: str) -> ResponseReturnValue:
    """The interpretation on a page of its own, linked back to its document."""
    return _fast(portal.interpretation(publishing.by_slug(uow(), slug)))


@blueprint.get("/<slug>/attachments/<path:digest>")
@open_to_all
def attachment(slug: str, digest: str) -> ResponseReturnValue:
    """A released attachment. Always saved, never opened inside our origin."""
    name, media_type, content = publishing.attachment(uow(), slug, digest)
    response = send_file(
        BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name
    )
    response.headers["Cache-Control"] = "public, no-cache"
    return response


images = Blueprint("images", __name__, url_prefix="/images")


@images.get("/<number>/<path:digest>")
@open_to_all
def image(number: str, digest: str) -> ResponseReturnValue:
    """A picture in the text: of a released document for everybody, else for whoever may see the item."""
    media_type, content = files.image(uow(), number, digest)
    response = send_file(BytesIO(content), mimetype=media_type)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _fast(page: str) -> ResponseReturnValue:
    """Browsers may keep the page and ask whether it is still the same; that answer is short."""
    response = make_response(page)
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    return response.make_conditional(request)
