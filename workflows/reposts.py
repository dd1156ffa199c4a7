"""转载: when a text is an official original, word for word, so that it may go the short way (domain:A1.9).

Sources are the websites of the government, and what an office has laid down beside them
(`workflows.repost_sources`). Everything else goes the long way, and is told why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from engine.text import Sentence
from workflows import stretches
from workflows.compared import Change, Paragraph
from workflows.content import Content
from workflows.intake.markup import images, text_of

#: 政府网站: whatever stands under it belongs to a public organ.
GOVERNMENT = "gov.cn"


def refusals(content: Content, sources: Collection[str] = ()) -> list[Sentence]:
    """Why a repost may not go the short way; [] if it may. `sources`: hosts that may be reposted from
    besides the government's websites, each with all below it."""
    facts, reasons = content.metadata, []
    if facts.source != "repost":
        reasons.append(Sentence("信息来源不是转载。", "Its source is not marked as a repost."))
    if facts.attribute != "proactive":
        reasons.append(Sentence("公开属性不是主动公开。", "It is not for proactive disclosure."))
    if facts.info_class != "A" or facts.normative or facts.major_decision:
        reasons.append(Sentence("信息分级不是 A。", "It is not of class A (ordinary information)."))
    if not any(under(facts.source_link, host) for host in (GOVERNMENT, *sources)):
        reasons.append(
            Sentence(
                "原文链接不是政府网站（gov.cn），也不在转载来源名单上。",
                "Its source is neither a government website (gov.cn) nor on the list of sources.",
            )
        )
    if content.attachments or images(content.body_html):
        reasons.append(
            Sentence(
                "附件、图片无法与原文逐字核对。",
                "Attachments and pictures cannot be compared with the original word for word.",
            )
        )
    return [*reasons, *differences(content)]


def under(link: str, host: str) -> bool:
    """Whether an address leads to this host or to one below it."""
    found = host_of(link)
    return found == host or found.endswith(f".{host}")


def host_of(address: str) -> str:
    """The host of a typed address or host, in lower case; Chinese names in the form that the network uses."""
    typed = address.strip()
    try:
        found = urlsplit(typed if "//" in typed else f"//{typed}").hostname or ""
        return found.rstrip(".").encode("idna").decode("ascii").lower()
    except ValueError:  # brackets without an address between them, a label without end
        return ""


#: As many differences are named; a text that differs in more is another text.
_NAMED = 3


def differences(content: Content) -> list[Sentence]:
    """Where the text is not the original's, punctuation included; spaces and widths of characters do not count."""
    original, text = _bare(content.metadata.source_text), _bare(text_of(content.body_html))
    if not original:
        return [Sentence("没有留存原文。", "The original text was not kept with it.")]
    if original == text:
        return []
    places = _places(original, text)
    more = len(places) > _NAMED
    named = [(_short(was), _short(now)) for was, now in places[:_NAMED]]
    return [
        Sentence(
            "与原文不一致："
            + "；".join(f"原文“{was}”，本稿“{now}”" for was, now in named)
            + ("等" if more else "")
            + "。",
            "The text differs from the original: "
            + "; ".join(f"“{was}” became “{now}”" for was, now in named)
            + (" and more." if more else "."),
        )
    ]


@lru_cache(maxsize=64)  # a page asks several times
def _places(original: str, text: str) -> tuple[tuple[str, str], ...]:
    return tuple(_changed(stretches.differences(original, text)))


def _changed(found: Paragraph) -> Iterator[tuple[str, str]]:
    """What was there and what stands there now, place by place."""
    was = now = ""
    for one in (*found, Change("same", "")):
        if one.kind == "removed":
            was += one.text
        elif one.kind == "added":
            now += one.text
        elif was or now:
            yield was, now
            was = now = ""


#: Full-width forms of ASCII; a wider folding would read 10² as 102.
_WIDTHS = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}


def _bare(text: str) -> str:
    return "".join(text.translate(_WIDTHS).split())


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:19]}…"
