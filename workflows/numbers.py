"""Numbers without gaps or repeats: 流转单号 and 退文通知 of a year."""

from __future__ import annotations

import sqlalchemy as sa

from engine.clock import local_date
from engine.database import UnitOfWork
from engine.once import insert_if_new
from workflows.models import NumberSeries


def next_number(uow: UnitOfWork, series: str) -> int:
    """The next number of the series, from 1; the row stays locked until the act is committed."""
    number = _advance(uow, series)
    if number is None:
        uow.session.execute(insert_if_new(uow, NumberSeries).values(name=series, last=0))
        number = _advance(uow, series)
    assert number is not None, series
    return number


def _advance(uow: UnitOfWork, series: str) -> int | None:
    counted = (
        sa.update(NumberSeries)
        .where(NumberSeries.name == series)
        .values(last=NumberSeries.last + 1)
        .returning(NumberSeries.last)
        .execution_options(synchronize_session=False)
    )
    return uow.session.scalar(counted)


def package_number(uow: UnitOfWork) -> str:
    """流转单号, for example 2026-000123."""
    year = local_date(uow.now).year
    return f"{year}-{next_number(uow, f'package {year}'):06d}"


def return_notice_number(uow: UnitOfWork) -> str:
    """退文通知 number, for example 退〔2026〕3号."""
    year = local_date(uow.now).year
    return f"退〔{year}〕{next_number(uow, f'return notice {year}')}号"
