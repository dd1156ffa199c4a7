"""A catalogue from the table in which offices keep it: each row judged, with every reason against it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import catalogue, tables_in, time_limits, units
from workflows.catalogue import Changes, Entry
from workflows.models import Person, Unit
from workflows.tables_in import TableRow
from workflows.vocabulary import CHANNELS, PERIODS, SCOPES, Term

#: domain:A4.1, B9: what may stand above a column, and what it means.
HEADINGS: Mapping[str, str] = {
    "事项编码": "code", "编码": "code", "序号": "code", "code": "code",
    "一级事项": "category", "类别": "category", "category": "category",
    "公开事项": "name", "二级事项": "name", "事项名称": "name", "name": "name",
    "公开内容": "content", "公开内容（要素）": "content", "content": "content",
    "公开依据": "basis", "依据": "basis", "basis": "basis",
    "公开主体": "owner", "公开主体（单位代码）": "owner", "owner": "owner",
    "责任": "responsible", "责任单位": "responsible", "责任人": "responsible", "responsible": "responsible",
    "公开时限": "limit", "limit": "limit",
    "公开方式": "method", "method": "method",
    "公开对象": "audience", "audience": "audience",
    "公开渠道": "channels", "公开渠道和载体": "channels", "channels": "channels",
    "栏目": "column", "网站栏目": "column", "column": "column",
    "公开期限": "period", "period": "period",
    "经办人（登录名）": "handlers", "经办人": "handlers", "handlers": "handlers",
    "法定": "statutory", "是否法定": "statutory", "statutory": "statutory",
}  # fmt: skip

_LONGEST = {
    "code": 40,
    "name": 200,
    "category": 100,
    "responsible": 100,
    "method": 60,
    "column": 100,
}
_MOST_TEXT = 4_000
_YES, _NO = ("是", "法定", "√", "yes", "true", "1"), ("否", "其他", "no", "false", "0")


@dataclass(frozen=True, slots=True)
class Judged:
    """A row of the table: what it names, and all reasons why it cannot be taken in."""

    number: int
    what: str
    reasons: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """The table as a whole: its entries if every row is fine, and what they change."""

    lines: tuple[Judged, ...]
    entries: tuple[Entry, ...]
    changes: Changes

    @property
    def wrong(self) -> list[Judged]:
        """The rows that cannot be taken in."""
        return [line for line in self.lines if line.reasons]


def read(name: str, content: bytes) -> list[TableRow]:
    """The rows of the file; raises Refused."""
    return tables_in.read(name, content, HEADINGS)


def judge(uow: UnitOfWork, unit_id: int, rows: Sequence[TableRow]) -> Draft:
    """Each row, and what the whole would change against the edition in force."""
    owners = _owners(uow, unit_id)
    seen = Counter(row.cells.get("code", "") for row in rows)
    people = dict(
        uow.session.execute(sa.select(Person.login, Person.id).where(Person.active)).all()
    )
    judged = [_row(row, owners, people, seen) for row in rows]
    entries = tuple(entry for _, entry in judged if entry is not None)
    held = catalogue.edition_in_force(uow, unit_id)
    old = [catalogue.entry_of(row) for row in catalogue.matters(uow, held.id)] if held else []
    return Draft(tuple(line for line, _ in judged), entries, catalogue.differences(old, entries))


def _owners(uow: UnitOfWork, unit_id: int) -> dict[str, int]:
    """Who may be named as 公开主体: the unit and those under it, by code and by name."""
    inside = units.subtree(uow, [unit_id])
    rows = uow.session.scalars(sa.select(Unit).where(Unit.id.in_(inside)))
    return {known: unit.id for unit in rows for known in (unit.code, unit.name)}


def _row(
    row: TableRow, owners: Mapping[str, int], people: Mapping[str, int], seen: Counter[str]
) -> tuple[Judged, Entry | None]:
    said = {code: " ".join(text.split()) for code, text in row.cells.items()}
    reasons: list[Sentence] = []
    _required(said, seen, reasons)
    _too_long(said, reasons)
    limit = _limit(said.get("limit", ""), reasons)
    owner = _owner(said.get("owner", ""), owners, limit, reasons)
    audience = _code(SCOPES, said.get("audience", ""), "society", "公开对象", reasons)
    period = _code(PERIODS, said.get("period", ""), "long_term", "公开期限", reasons)
    channels = _channels(said.get("channels", ""), reasons)
    handlers = _handlers(said.get("handlers", ""), people, reasons)
    statutory = _yes(said.get("statutory", ""), reasons)
    what = said.get("name") or said.get("code") or ""
    if reasons or limit is None:
        return Judged(row.number, what, tuple(reasons)), None
    entry = Entry(
        code=said["code"],
        name=said["name"],
        category=said.get("category", ""),
        content=said.get("content", ""),
        basis=said.get("basis", ""),
        owner_id=owner,
        responsible=said.get("responsible", ""),
        limit=limit,
        method=said.get("method") or "主动公开",
        audience=audience,
        channels=channels,
        column=said.get("column", ""),
        period=period,
        statutory=statutory,
        handlers=handlers,
    )
    return Judged(row.number, what, ()), entry


def _owner(
    owner: str,
    owners: Mapping[str, int],
    limit: time_limits.Limit | None,
    reasons: list[Sentence],
) -> int | None:
    if owner and owner not in owners:
        reasons.append(
            Sentence(
                f"公开主体“{owner}”不是本单位或下属单位的名称或代码。",
                f"“{owner}” is not the name or code of this unit or of one under it.",
                "owner",
            )
        )
    if limit is not None and limit.recurs and not owner:
        reasons.append(
            Sentence(
                "定期公开的事项须写明公开主体：到期时由它承担公开任务。",
                "A matter that comes round needs its disclosing body: the duty falls to it.",
                "owner",
            )
        )
    return owners.get(owner)


def _limit(text: str, reasons: list[Sentence]) -> time_limits.Limit | None:
    limit = time_limits.read(text)
    if text and (limit is None or limit.days > 250):
        reasons.append(
            Sentence(
                f"公开时限“{text[:40]}”看不出从什么时候起算、几个工作日。"
                "可以写：信息形成之日起20个工作日内；每月后10个工作日内；按季度公开。",
                f"The limit “{text[:40]}” does not say how many working days after what.",
                "limit",
            )
        )
    return limit


def _required(said: Mapping[str, str], seen: Counter[str], reasons: list[Sentence]) -> None:
    wanted = (
        ("code", "事项编码", "code"),
        ("name", "公开事项", "name"),
        ("content", "公开内容", "content"),
        ("basis", "公开依据", "basis"),
        ("limit", "公开时限", "time limit"),
        ("responsible", "责任", "who is responsible"),
        ("column", "栏目", "column"),
    )
    reasons.extend(
        Sentence(f"缺“{zh}”。", f"Missing: {en}.", code)
        for code, zh, en in wanted
        if not said.get(code)
    )
    if said.get("code") and seen[said["code"]] > 1:
        reasons.append(
            Sentence(
                f"事项编码“{said['code']}”在表中出现了 {seen[said['code']]} 次。",
                f"The code “{said['code']}” stands {seen[said['code']]} times in the table.",
                "code",
            )
        )


def _too_long(said: Mapping[str, str], reasons: list[Sentence]) -> None:
    for code, text in said.items():
        most = _LONGEST.get(code, _MOST_TEXT)
        if len(text) > most:
            reasons.append(
                Sentence(
                    f"“{text[:10]}…”有 {len(text):,} 字，最多 {most:,} 字。",
                    f"“{text[:10]}…” has {len(text):,} characters; the limit is {most:,}.",
                    code,
                )
            )


def _code(
    table: Mapping[str, Term], text: str, default: str, name: str, reasons: list[Sentence]
) -> str:
    if not text:
        return default
    found = next((c for c, term in table.items() if text in (c, term.zh, term.en)), None)
    if found is None:
        known = "、".join(term.zh for term in table.values())
        reasons.append(
            Sentence(
                f"{name}“{text[:20]}”不认识，可以写：{known}。",
                f"“{text[:20]}” is unknown; write one of: {', '.join(t.en for t in table.values())}.",
                name,
            )
        )
    return found or default


def _channels(text: str, reasons: list[Sentence]) -> tuple[str, ...]:
    """Several, parted by any mark; the website is always among them (domain:A1.16)."""
    parts = [part for part in re.split(r"[、,，;；/\s]+", text) if part]
    found = [_code(CHANNELS, part, "website", "公开渠道", reasons) for part in parts]
    return tuple(code for code in CHANNELS if code in {"website", *found})


def _handlers(text: str, people: Mapping[str, int], reasons: list[Sentence]) -> tuple[int, ...]:
    parts = [part for part in re.split(r"[、,，;；/\s]+", text) if part]
    reasons.extend(
        Sentence(
            f"经办人“{part[:30]}”不是在用的登录名。",
            f"“{part[:30]}” is no login in use.",
            "handlers",
        )
        for part in parts
        if part not in people
    )
    return tuple(people[part] for part in parts if part in people)


def _yes(text: str, reasons: list[Sentence]) -> bool:
    if not text or text.lower() in _YES:
        return True
    if text.lower() not in _NO:
        reasons.append(
            Sentence(
                "“法定”一栏请写“是”或“否”。", "Write yes or no under “statutory”.", "statutory"
            )
        )
    return False
