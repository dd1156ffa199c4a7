"""Messages by e-mail: who wants which, and the letter. It leaves the house, so it names no item and no text.

A letter is asked for in the transaction of the act and sent after its commit (`engine.outbox`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from secrets import token_hex

import sqlalchemy as sa

from engine import outbox
from engine.database import UnitOfWork
from engine.text import Sentence
from workflows import events, permissions
from workflows.errors import Refused
from workflows.models import MailChoice, Person

KIND = "mail"
CHOICES: Mapping[str, Sentence] = {
    "all": Sentence("所有消息", "Every message"),
    "urgent": Sentence(
        "只有到时限、超时升级和无人可办的提醒",
        "Only deadlines, escalations and tasks that nobody can do",
    ),
    "none": Sentence("不发邮件", "No mail"),
}
URGENT = frozenset({"reminder", "escalated", "nobody"})
#: What a letter says of a message. Titles and texts of unpublished items stay in the house.
SAYINGS: Mapping[str, Sentence] = {
    "task": Sentence("您有新的待办", "A task waits for you"),
    "reminder": Sentence("您有一项待办已到办理时限", "A task of yours has reached its deadline"),
    "escalated": Sentence("有一项任务超时，请您督促", "A task is overdue; please see to it"),
    "nobody": Sentence("有一项任务无人可以办理", "There is a task that nobody can do"),
    "returns": Sentence("有一件稿件多次退回", "An item was returned several times"),
    "on_hold": Sentence("您的一件稿件列为待用", "An item of yours is on hold"),
    "goes_on": Sentence("您的一件稿件恢复办理", "An item of yours goes on"),
    "ended": Sentence(
        "您的一件稿件办结，没有发布", "An item of yours was closed without a release"
    ),
    "withdrawn": Sentence("您承办的一项任务已收回", "A task that you held was withdrawn"),
    "repair": Sentence("有一项修复需要您查看", "A repair needs your attention"),
}
OTHER = Sentence("您有新的消息", "There is a message for you")
_ADDRESS = re.compile(r"[^@\s<>,;\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def mine(uow: UnitOfWork) -> tuple[str, str]:
    """The actor's address and choice."""
    row = uow.session.get(MailChoice, permissions.acting_person(uow).id)
    return (row.address, row.choice) if row is not None else ("", "none")


def choose(uow: UnitOfWork, address: str, choice: str) -> None:
    """Set where the actor's messages go; raises Refused with all reasons."""
    person, address = permissions.acting_person(uow), address.strip()
    reasons = []
    if choice not in CHOICES:
        reasons.append(Sentence("请选择接收哪些消息。", "Choose which messages to get.", "choice"))
    if (address or choice != "none") and not (len(address) <= 254 and _ADDRESS.fullmatch(address)):
        reasons.append(
            Sentence(
                "邮箱地址不完整，应如 name@example.gov.cn。",
                "This is no e-mail address; write it like name@example.gov.cn.",
                "address",
            )
        )
    if reasons:
        raise Refused(*reasons)
    row = uow.session.get(MailChoice, person.id)
    if row is None:
        row = MailChoice(person_id=person.id)
        uow.session.add(row)
    row.address, row.choice, row.set_at = address, choice, uow.now
    uow.session.flush()
    said = CHOICES[choice]
    events.record(
        uow,
        "mail.chosen",
        subject=f"person:{person.id}",
        data={"choice": said.zh, "choice_en": said.en},
    )


def ask_for(uow: UnitOfWork, people: Collection[int], kind: str, link: str) -> None:
    """Ask for a letter to each of these people who wants messages of this kind."""
    wanted = ("all", "urgent") if kind in URGENT else ("all",)
    query = (
        sa.select(MailChoice.address)
        .join(Person, Person.id == MailChoice.person_id)
        .where(
            MailChoice.person_id.in_(sorted(people)),
            MailChoice.choice.in_(wanted),
            Person.active,
        )
    )
    for address in uow.session.scalars(query):
        key = f"{KIND}:{token_hex(16)}"
        payload = {"to": address, "about": kind, "link": link, "key": key}
        outbox.put(uow, KIND, payload, dedupe_key=key)
