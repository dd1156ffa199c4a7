"""What the item of a random life may say, for each of the five ways, and the house in which it is handed in.

The way is never set: unit, rules and text are made so that the product chooses it by its own rule (domain:C3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from engine.database import SYSTEM
from tests import factories
from tests.chain import AT, Chain
from tests.conftest import MONDAY, OpenUow
from tests.factories import DRAFT, County, with_metadata
from tests.reference.content_binding import WAYS, Item
from workflows import organisation, overrides, parameters, people
from workflows.content import AttachmentRef, Content
from workflows.intake.markup import text_of

WORDING = ("请遵照执行", "请认真执行", "请严格执行")
_COMMA = ("，", ",")  # widths of characters make no other text, and are a change all the same
_COLUMNS = ("通知公告", "政策文件", "公示公告")
_TOPICS = ("城乡建设环境保护", "综合政务")
_SCOPES = (("society", ""), ("area", "城区各社区"), ("area", "柳溪镇"))
#: The fields of an item and what they may become.
VALUES: Mapping[str, tuple[object, ...]] = {
    **dict.fromkeys(("wording", "figure", "explained_figure", "paragraphs", "scope"), (0, 1, 2)),
    **dict.fromkeys(("column", "attachments"), (0, 1, 2)),
    **dict.fromkeys(("punctuation", "explanation", "address", "topic"), (0, 1)),
    **dict.fromkeys(("pointed_figure", "kind"), (0, 1)),
    **dict.fromkeys(("third_party", "other_agencies", "legality"), (False, True)),
    "class_": ("A", "B", "C"),
}
assert VALUES.keys() == {one.name for one in fields(Item)}


def values(way: str) -> Mapping[str, tuple[object, ...]]:
    """A repost is of class A and has no attachments, or it goes another way."""
    fixed: dict[str, tuple[object, ...]] = {"class_": ("A",), "attachments": (0,)}
    return {**VALUES, **fixed} if way == "repost" else VALUES


def rendered(item: Item, stored: tuple[AttachmentRef, ...], way: str = "publishing") -> Content:
    """The draft of the tests with these words, figures, paragraphs, files and facts."""
    scope, note = _SCOPES[item.scope]
    elements = replace(
        DRAFT.interpretation.elements,
        purpose="让晚归的人看得清路，"
        + ("减少", "避免")[item.explanation]
        + "摔倒和碰撞，也让居民愿意出门。",
        measures=f"先装最暗的{12 + item.explained_figure}处，装好一处亮一处，灯杆避开窗户。",
    )
    points = replace(DRAFT.interpretation.points, reach=f"{12 + item.pointed_figure}个小区的居民")
    shown = with_metadata(
        DRAFT,
        document_kind=("通知", "决定")[item.kind],
        scope=scope,
        scope_note=note,
        info_class=item.class_,
        opinion_plan="发布后三天内专人看评论，答复口径附后。",  # asked for with class C
        concerns_third_party=item.third_party,
        concerns_other_agencies=item.other_agencies,
        legality_required=item.legality,
        column=_COLUMNS[item.column],
        topics=(_TOPICS[item.topic],),
        **_marks(item, way),
    )
    return replace(
        shown,
        body_html=_body(item),
        interpretation=replace(DRAFT.interpretation, elements=elements, points=points),
        attachments=stored[: item.attachments],
    )


def _body(item: Item) -> str:
    body = DRAFT.body_html.replace("请遵照执行", WORDING[item.wording])
    body = body.replace("360盏", f"{360 + item.figure}盏")
    body = body.replace("出行，", f"出行{_COMMA[item.punctuation]}")
    body = f'{body}\n<p>详见<a href="https://www.qp.gov.cn/{item.address}">点位表</a>。</p>'
    return body + "".join(
        f"<p>{word}另行通知。</p>" for word in ("安装时间", "看护办法")[: item.paragraphs]
    )


def _marks(item: Item, way: str) -> dict[str, object]:
    """What of the item itself makes it go this way."""
    if way == "repost":
        # as the source has it: whoever corrects the text corrects what is kept of the original
        original = text_of(_body(replace(item, punctuation=0)))
        link = "https://www.sdq.gov.cn/art/2026/6/1/a.html"
        return {"source": "repost", "source_link": link, "source_text": original}
    if way == "emergency":
        return {"emergency": True, "emergency_reason": "河堤出险，须立即通知两岸群众转移。"}
    return {}


# -- what no resubmission may say ----------------------------------------------------------------------


@dataclass(frozen=True)
class Forbidden:
    """An edit that would leave the way, or its conditions, behind; and the class of its change of text."""

    edit: Callable[[Content], Content]
    change: str


def _to(change: str = "unchanged", **facts: object) -> Forbidden:
    return Forbidden(lambda content: with_metadata(content, **facts), change)


_BECOMES_ONE = _to(emergency=True, emergency_reason="河堤出险。")
FORBIDDEN: Mapping[str, tuple[Forbidden, ...]] = {
    **dict.fromkeys(WAYS, (_BECOMES_ONE,)),
    "repost": (
        _BECOMES_ONE,
        _to(info_class="B"),
        _to("t3", source_text=""),
        _to("t3", source_link="https://www.example.com/a.html"),
        _to("t3", source="original"),
        Forbidden(lambda c: replace(c, body_html=c.body_html.replace("路灯", "街灯")), "t3"),
        Forbidden(lambda c: replace(c, body_html=c.body_html + "<p>特此转发。</p>"), "t3"),
    ),
    "emergency": (
        _to(emergency=False),
        _to(emergency=False, emergency_reason=""),
        _to(emergency_reason="　"),
    ),
}


# -- the house -----------------------------------------------------------------------------------------

#: domain:C3 P-SMALL: three people; each level's reviewer proofreads that level, the second clears.
_THREE = {
    "drafter": ("drafter", "first_reviewer", "first_proofreader"),
    "second": ("confidentiality_reviewer", "second_reviewer", "second_proofreader"),
    "final": ("final_reviewer", "third_proofreader"),
}
_AT: Mapping[str, Mapping[str, str]] = {
    "small_office": {
        **dict.fromkeys(("first_review", "first_proofreading"), "drafter"),
        **dict.fromkeys(("confidentiality_review", "confidentiality_referral"), "second"),
        **dict.fromkeys(("delta_confirmation", "second_proofreading"), "second"),
        "third_proofreading": "final",
    },
    "emergency": {"on_hold": "principal", "later_rectification": "publisher"},
}


def settle(uow: OpenUow, county: County, way: str) -> None:
    """What the unit of the item has laid down."""
    works = county.units["works"]
    with uow(SYSTEM) as work:
        if way == "interleaved":
            parameters.lay_down(
                work,
                works,
                parameters.INTERLEAVED,
                value=1,
                strength="mandatory",
                effective_on=MONDAY.date(),
                basis="清建办〔2026〕1号",
            )
        if way == "small_office":
            organisation.set_separation(work, works, "small_office")
            for login, roles in _THREE.items():
                grants = [people.RoleGrant(role, works) for role in roles]
                people.set_roles(work, county.people[login], grants)
        work.commit()


def chain(uow: OpenUow, county: County, way: str) -> Chain:
    """Nobody handed in yet; who does what in this house."""
    return Chain(uow, county, at={**AT, **_AT.get(way, {})})


def approve(chain: Chain) -> None:
    """domain:C4: the choice of the emergency is itself approved, by the principal."""
    with chain.uow(chain.county.actor("drafter")) as work:
        overrides.ask(work, chain.package_id)
        work.commit()
    with chain.uow(chain.person("principal")) as work:
        overrides.allow(
            work,
            chain.package_id,
            parameters.EMERGENCY.key,
            digest=factories.current(work, chain.package_id).digest,
            opinion="情况属实，同意应急。",
        )
        work.commit()
