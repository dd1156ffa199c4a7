"""What the editor offers under 目录事项 and 所属期: the matters in force, and the periods and events that wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask_babel import gettext as _
from wtforms.fields import SelectChoice

from engine.clock import local_date
from engine.database import UnitOfWork
from webapp import i18n
from webapp.forms.packages import PackageForm
from workflows import catalogue, duties, time_limits
from workflows.time_limits import Limit
from workflows.vocabulary import RECURRING

#: How many periods back are offered, by how often they come round.
_BACK = {"monthly": 14, "quarterly": 6, "yearly": 3}


def offer(uow: UnitOfWork, form: PackageForm, unit_id: int) -> None:
    """Fill both lists; what was chosen before stays among them even if it is in force no longer."""
    matters = catalogue.in_force(uow, unit_id)
    chosen = form.catalogue_item.data or ""
    lines = [SelectChoice("", _("请选择"))]
    if chosen and chosen not in matters:
        lines.append(SelectChoice(chosen, _("%(code)s（不在现行目录中）", code=chosen)))
    for row in matters.values():
        limit = i18n.say(Limit(row.trigger, row.working_days).sentence)
        words = f"{row.code} {row.name}{_('（')}{limit}{_('）')}"
        kept_in = {"data-column": row.column} if row.column else {}
        lines.append(SelectChoice(row.code, words, kept_in, row.category or _("其他")))
    form.catalogue_item.choices = lines
    triggers = [code for code in RECURRING if any(r.trigger == code for r in matters.values())]
    events = [label for _code, label in duties.waiting_for(uow, unit_id)]
    form.catalogue_period.choices = _periods(
        form.catalogue_period.data or "", triggers, events, local_date(uow.now)
    )


def _periods(
    chosen: str, triggers: list[str], events: list[str], today: date
) -> list[SelectChoice]:
    periods = [period for trigger in triggers for period in _recent(trigger, today)]
    happened = [label for label in dict.fromkeys(events) if label not in periods]
    known = [*periods, *happened]
    if chosen and chosen not in known:
        known.append(chosen)
    return [
        SelectChoice("", _("不分期")),
        *(SelectChoice(one, i18n.say(time_limits.words(one))) for one in known),
    ]


def _recent(trigger: str, today: date) -> Iterator[str]:
    """The period under way and those before it, the latest first."""
    day = today
    for _n in range(_BACK[trigger]):
        yield time_limits.period_of(trigger, day)
        day = time_limits.day_before(trigger, day)
