"""Reads an upload or a paste: what it is, its clean HTML, its text, and what was recognised in it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.text import Sentence
from workflows import typed
from workflows.intake import docx, markup, pdf, text
from workflows.intake.docx import Picture
from workflows.intake.marks import is_site_line, labels
from workflows.intake.recognise import Recognised, recognise
from workflows.intake.sniff import refuse, sniff

MAX_CHARACTERS = 500_000
#: A site's table of particulars stands at the top and has at least this many rows.
_HEAD, _TABLE_ROWS = 40, 3


@dataclass(frozen=True, slots=True)
class Received:
    """A document as it came in; the drafter checks it before anything is saved."""

    kind: str
    body_html: str
    text: str
    recognised: Recognised
    warnings: tuple[Sentence, ...] = ()
    #: Named by the HTML; to be stored before it is.
    pictures: tuple[Picture, ...] = ()


def read_document(name: str, data: bytes) -> Received:
    """A .docx, .pdf or text file as a document. Raises FileRefused with a sentence to act on."""
    kind = sniff(name, data)
    if kind == "docx":
        found = docx.read(name, data)
        return _received(kind, found.html, found.warnings, pictures=found.pictures)
    if kind == "pdf":
        plain, warnings = pdf.read(name, data)
        return _received(kind, markup.from_text(plain), warnings)
    if kind == "txt":
        return read_text(text.decode(name, data))
    raise refuse(
        f"“{name}”不能作为正文读入，请上传 .docx、.pdf 或纯文本；其他文件请作为附件。",
        f"“{name}” cannot be read as a document; use .docx, .pdf or text, or attach it.",
        "not_a_document",
    )


def read_text(pasted: str) -> Received:
    """Pasted text, or a text file, as a document; what a web page said of it is recognised, not kept."""
    html = markup.from_text(_without_site_lines(pasted))
    return _received("txt", html, [], seen=pasted[:MAX_CHARACTERS])


def _received(
    kind: str,
    html: str,
    warnings: list[Sentence],
    *,
    seen: str = "",
    pictures: tuple[Picture, ...] = (),
) -> Received:
    html, seen = typed.clean(html), typed.clean(seen)
    plain = markup.text_of(html)
    if not plain:
        raise refuse("文件中没有可读的正文。", "There is no readable text.", "empty")
    if len(plain) > MAX_CHARACTERS:
        raise refuse(
            f"正文有 {len(plain):,} 字，超过 {MAX_CHARACTERS:,} 字的上限，请拆分。",
            f"The text has {len(plain):,} characters; the limit is {MAX_CHARACTERS:,}.",
            "too_long",
        )
    return Received(kind, html, plain, recognise(seen or plain), tuple(warnings), pictures)


def _without_site_lines(plain: str) -> str:
    """Copied from a web page, a document brings the page's own lines along; they are not its text.

    A page repeats the title above its buttons, and many set a table of particulars above the text.
    """
    lines = plain.splitlines()
    marked = [at for at, line in enumerate(lines) if is_site_line(line)]
    if marked and marked[0] <= 5:
        above = "".join("".join(line.split()) for line in lines[: marked[0]])
        below = "".join("".join(line.split()) for line in lines[marked[0] : marked[0] + 40])
        if above in below:
            lines = lines[marked[0] :]
    said, rest = labels(lines[:_HEAD])
    if len(lines[:_HEAD]) - len(rest) >= _TABLE_ROWS and said:
        lines = [*rest, *lines[_HEAD:]]
    return "\n".join(line for line in lines if not is_site_line(line))
