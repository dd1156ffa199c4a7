"""The public pages of a release as text: what is served, and what the read-back looks at."""

from __future__ import annotations

from flask import current_app, render_template, url_for

from workflows.errors import NotFound
from workflows.portal_models import PortalPage


def document(page: PortalPage) -> str:
    """The page of the document, with its interpretation beside it."""
    tags = (*site_tags(), *page.meta_tags)
    return render_template("public/document.html", page=page, tags=tags)


def interpretation(page: PortalPage) -> str:
    """The interpretation on a page of its own, linked back to its document (domain:B3)."""
    if page.interpretation is None:
        raise NotFound
    address = url_for("public.interpretation", slug=page.slug)
    own = {"ArticleTitle": page.interpretation.title, "Url": address}
    article = tuple((name, own.get(name, value)) for name, value in page.meta_tags)
    return render_template("public/interpretation.html", page=page, tags=(*site_tags(), *article))


def site_tags() -> tuple[tuple[str, str], ...]:
    """domain:B3: every page names its site."""
    settings = current_app.config["SANSHEN"]
    return (
        ("SiteName", settings.site_name),
        ("SiteDomain", settings.site_domain),
        ("SiteIDCode", settings.site_id_code),
    )
