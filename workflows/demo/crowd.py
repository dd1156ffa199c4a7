"""Five hundred documents at every stage, the same at every run: what they say, and what happened to them so far."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from engine.clock import CHINA
from workflows import intake
from workflows.content import NO_NUMBER, Content, Elements, Interpretation, Metadata, Plan, Points
from workflows.demo import story
from workflows.demo.county import PersonPlan, UnitPlan
from workflows.demo.papers import Paper
from workflows.demo.story import DRAFT, SUBMIT, Act

TOPICS: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("topics.toml").read_text(encoding="utf-8")
)["topic"]
_PLACES = (
    "城东片区",
    "老城区",
    "河西新村",
    "北关社区",
    "南湖社区",
    "铁路小区",
    "东风路",
    "滨河路",
    "中心集市",
    "高铁站周边",
)
#: These wait beside the confidentiality review, before the first review.
_BESIDE = ("third_party_opinion", "inter_agency_confirmation", "legality_review")
_RESPONSIBLE = "承办科室"
#: How far documents have come, in a hundred; the rest is out and read back.
_SPREAD = (
    ("draft", 5), ("attribute_review", 5), ("confidentiality_review", 6), ("first_review", 7),
    ("second_review", 7), ("final_review", 6), ("first_proofreading", 5), ("second_proofreading", 4),
    ("third_proofreading", 4), ("release", 3), ("readback", 3), ("revise", 5), ("on_hold", 1),
    ("kept_back", 4),
)  # fmt: skip
#: Stages that only some documents pass: one document stands at each, whatever the number of documents.
_SPECIAL = (
    "third_party_opinion", "inter_agency_confirmation", "legality_review", "delta_confirmation",
    "principal_review", "read_aloud", "rectification", "revise", "on_hold", "kept_back", "draft", "release", "readback",
)  # fmt: skip
#: What of a document makes it pass them.
_FLAGS = {
    "third_party_opinion": {"concerns_third_party": True},
    "inter_agency_confirmation": {"concerns_other_agencies": True},
    "legality_review": {"legality_required": True},
    "principal_review": {"info_class": "B"},
    "read_aloud": {"info_class": "B"},
}
#: domain:C8: documents that stand there are important, and signed by two.
_COSIGNED = ("principal_review", "read_aloud")
_CHAIN = (
    *(
        "attribute_review",
        "confidentiality_review",
        "first_review",
        "second_review",
        "final_review",
    ),
    *("first_proofreading", "second_proofreading", "third_proofreading", "release", "readback"),
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a document comes back once: at which stage, with which reason, and of which class the answer is."""

    stage: str
    reason: str
    opinion: str
    place: str
    change: str


_FLAWS = (
    Flaw("first_review", "R11", "“帐目”应为“账目”，请核对全文。", "倒数第二段", "t1"),
    Flaw("second_review", "R12", "数字与上报数不一致，请核实。", "第一段", "t2"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One document of the crowd: the paper, its acts, and how many weekdays ago the last was."""

    paper: Paper
    acts: tuple[Act, ...]
    days_ago: int


def cases(
    random: Random,
    number: int,
    units: Sequence[UnitPlan],
    people: Sequence[PersonPlan],
    today: datetime,
) -> list[Case]:
    """`number` documents of departments, each of a topic that fits its unit."""
    drafters: dict[str, list[str]] = {}
    for one in people:
        if one.roles == ("drafter",):
            drafters.setdefault(one.unit, []).append(one.login)
    writing = [unit for unit in units if unit.kind == "department" and "-" in unit.key]
    made = []
    for nth in range(number):
        unit = writing[nth % len(writing)]
        made.append(_case(random, nth, unit, random.choice(drafters[unit.key]), today))
    return made


def _case(random: Random, nth: int, unit: UnitPlan, drafter: str, today: datetime) -> Case:
    key = unit.key.partition("-")[2]
    topic = next(one for one in TOPICS if one["key"] == key)
    stop = random.choices(
        [*(name for name, _ in _SPREAD), "out"],
        [*(share for _, share in _SPREAD), 100 - sum(share for _, share in _SPREAD)],
    )[0]
    every = (*_SPECIAL, *_CHAIN[:-2])
    if nth < len(every):
        stop = every[nth]
    flaw = random.choice(_FLAWS) if stop == "revise" or random.random() < 0.15 else None
    if stop == "delta_confirmation":
        flaw = _FLAWS[1]
    elif stop in _SPECIAL and stop != "revise":
        flaw = None
    number = random.randint(12, 980)
    ago = random.randint(1, 45) if stop in ("out", "kept_back") else random.randint(1, 4)
    words = {
        "place": random.choice(_PLACES),
        "n": str(number),
        "month": str((today.month % 12) + 1),
        "m": str(nth),
    }
    draft = _draft(nth, unit, topic, words, today.astimezone(CHINA).date(), flaw, stop)
    acts = _acts(stop, flaw, number)
    return Case(Paper(f"crowd-{nth}", unit.key, drafter, draft), acts, ago)


def _acts(stop: str, flaw: Flaw | None, number: int) -> tuple[Act, ...]:
    if stop == "draft":
        return (DRAFT,)
    if stop == "kept_back":
        agreed = Act(
            "attribute_review", "not_disclosed", "属于内部事务信息，同意。", grounds=("A16-1",)
        )
        return (DRAFT, SUBMIT, agreed)
    acts = [DRAFT, SUBMIT]
    for stage in _CHAIN:
        if stage == stop:
            break
        if flaw and stage == flaw.stage:
            acts.append(Act(stage, "return", flaw.opinion, (flaw.reason,), flaw.place))
            if stop == "revise":
                break
            answered = _answered(flaw, number)
            if stop == "delta_confirmation":
                acts.append(answered[0])
                break
            acts += answered
            flaw = None
        if stop == "rectification" and stage == "readback":
            acts.append(Act(stage, "problem", "手机版看不到解读链接。", ("R18",)))
            break
        if stage == "release" and stop == "read_aloud":
            break
        if stage == "first_review" and stop in _BESIDE:
            break
        if stop == "on_hold" and stage == "final_review":
            acts.append(Act(stage, "hold", "待上级方案印发后再发。", ("R22",)))
            break
        acts += story.passed(stage)
        if stage == "final_review" and stop in _COSIGNED:
            if stop == "principal_review":
                break
            acts += story.passed("principal_review")
    return tuple(acts)


def _answered(flaw: Flaw, number: int) -> list[Act]:
    """What follows a return: the revision, and what its class asks for again."""
    if flaw.change == "t1":
        return [Act("revise", "t1", "已改正。", corrections=(("帐目", "账目"),))]
    mended = ((str(number), str(number + 1)),)
    return [
        Act("revise", "t2", "已与上报数核对，数字已改正。", corrections=mended),
        Act("delta_confirmation", "confirm", "只改了数字，不涉及保密内容。"),
    ]


def _draft(
    nth: int,
    unit: UnitPlan,
    topic: Mapping[str, Any],
    words: Mapping[str, str],
    today: date,
    flaw: Flaw | None,
    stop: str,
) -> Content:
    dated, kept = today - timedelta(days=3), stop == "kept_back"
    subject = str(topic["subject"]).format_map(words)
    title = f"{unit.name}关于{subject}的{topic['kind']}"
    number = f"{unit.code}发〔{dated.year}〕{nth + 1}号"
    account = "帐目" if flaw and flaw.change == "t1" else "账目"
    lines = [
        *(unit.name, f"关于{subject}的{topic['kind']}", number, f"各镇人民政府，{_RESPONSIBLE}："),
        *(str(line).format_map(words) for line in topic["body"]),
        f"本次安排的经费{account}按规定公开，接受监督。",
        *(unit.name, f"{dated.year}年{dated.month}月{dated.day}日"),
        "（此件不予公开）" if kept else "（此件公开发布）",
    ]
    metadata = Metadata(
        title=title,
        document_kind=str(topic["kind"]),
        issuer=unit.name,
        document_number=NO_NUMBER,
        dated_on=dated,
        attribute="not_disclosed" if kept else "proactive",
        grounds=("A16-1",) if kept else (),
        reason="内部工作安排，尚不宜公开。" if kept else "",
        scope="" if kept else "society",
        period="" if kept else "long_term",
        catalogue_item="" if kept else f"{unit.code[:2]}-{topic['code']}",
        column="" if kept else str(topic["column"]),
        topics=(str(topic["theme"]),),
        info_class="A",
        affects_public=not kept,
        interpretation_required=not kept,
        no_interpretation_reason="内部工作安排，不需要解读。" if kept else "",
        channels=() if kept else ("website", "wechat"),
    )
    metadata = replace(metadata, **_FLAGS.get(stop, {}))  # type: ignore[arg-type]
    body = intake.read_text("\n".join(line for line in lines if line != number)).body_html
    given = Interpretation() if kept else _interpretation(topic, words, dated)
    return Content(metadata, body, given)


def _interpretation(
    topic: Mapping[str, Any], words: Mapping[str, str], dated: date
) -> Interpretation:
    said = {name: str(topic[name]) for name in ("background", "basis", "purpose", "measures")}
    return Interpretation(
        plan=Plan(
            outline="先讲为什么做，再讲怎么做、谁能得到什么、找谁问。",
            forms=("text", "qa", "graphic"),
            channel="县政府门户网站",
            on=dated + timedelta(days=10),
            responsible=_RESPONSIBLE,
        ),
        elements=Elements(**said),
        points=Points(
            concepts="见政策背景和重要举措",
            differences="往年没有统一安排，今年统一时间和做法",
            reach=f"{words['place']}的居民和单位",
            standards="见重要举措",
            benefits=str(topic["benefits"]),
            conditions="见重要举措，不另设条件",
        ),
        interpreter_kind="author",
        interpreter=_RESPONSIBLE,
    )
