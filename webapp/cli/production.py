"""`sanshen init` and `sanshen migrate`: a production database from nothing, and its upgrades."""

from __future__ import annotations

import os
from pathlib import Path

import click

import config
from engine.database import SYSTEM
from engine.text import Sentence
from webapp import database
from webapp.cli.access import OPERATOR, home_option, opened
from webapp.cli.output import json_option, report, say, tell
from webapp.transaction import Store
from workflows import bpmn_files, deploying, founding
from workflows.errors import Refused
from workflows.founding import Administrator
from workflows.vocabulary import ROLES


@click.command()
@home_option
@click.option("--organ", help="机关名称。Name of the organ, e.g. 某某县人民政府.")
@click.option("--sys-admin", metavar="LOGIN:NAME", help="系统管理员。System administrator.")
@click.option("--sec-admin", metavar="LOGIN:NAME", help="安全管理员。Security administrator.")
@click.option("--audit-admin", metavar="LOGIN:NAME", help="审计管理员。Audit administrator.")
def init(home: Path | None, organ: str | None, **administrators: str | None) -> None:
    """建立正式数据库和三名管理员。Create a production database with its three administrators.

    三名管理员须是三个不同的人，各自设置密码。没有给出的内容逐项询问。密码也可以取自环境变量
    SANSHEN_SYS_ADMIN_PASSWORD、SANSHEN_SEC_ADMIN_PASSWORD、SANSHEN_AUDIT_ADMIN_PASSWORD。

    The three are different persons and set their own passwords; what is not given is asked for.
    Passwords may also come from the three environment variables above. Refused a second time.
    """
    settings = config.load(home=home)
    if settings.mode == "demo":
        raise config.SettingRefused(
            "SANSHEN_MODE=demo 时不能建立正式数据库 / init makes a production database; unset SANSHEN_MODE"
        )
    store = database.open_store(settings)
    try:
        _refuse_second_time(store)
        organ = organ or click.prompt("机关名称 Name of the organ")
        three = [_administrator(role, administrators[role]) for role in founding.ADMINISTRATORS]
        database.migrate(store)
        with store.open(SYSTEM) as uow:
            founding.found_production(uow, str(organ), three)
            for file in bpmn_files.shipped():
                deploying.deploy(uow, file)
            uow.commit()
        database.with_secret_key(settings)
    finally:
        store.engine.dispose()
    say(
        f"已建立：{organ}。三名管理员可以登录；启动：sanshen serve",
        f"Done: {organ}. The three administrators can log in; start with: sanshen serve",
    )


def _refuse_second_time(store: Store) -> None:
    """Before anything is asked for, so that nobody types three passwords in vain."""
    if database.pending(store) and not database.is_empty(store):
        database.require_current(store)
    if database.is_empty(store):
        return
    with store.open(OPERATOR, readonly=True) as uow:
        if founding.mode(uow) is not None:
            raise Refused(
                Sentence(
                    "这个数据库已经初始化过，不能再来一次。",
                    "This database has been initialised before; it cannot be done twice.",
                    "founded",
                )
            )


def _administrator(role: str, told: str | None) -> Administrator:
    """From the option, or asked for; the password from the environment, or typed twice, unseen."""
    title = f"{ROLES[role].zh} {ROLES[role].en}"
    if told is None:
        login = click.prompt(f"{title}：登录名 log-in name")
        name = click.prompt(f"{title}：姓名 name")
    else:
        login, _, name = told.partition(":")
    password = os.environ.get(f"SANSHEN_{role.upper()}_PASSWORD") or click.prompt(
        f"{title}：密码 password", hide_input=True, confirmation_prompt=True
    )
    return Administrator(role, login.strip(), name.strip(), password)


@click.command()
@home_option
@click.option("--check", is_flag=True, help="只查看，不执行。Only list what is pending.")
@json_option
def migrate(home: Path | None, check: bool, as_json: bool) -> None:
    """升级数据库结构。Bring the database to the schema of this version; back up first."""
    with opened(home, current=False) as store:
        names = database.pending(store) if check else database.migrate(store)

    def text() -> None:
        for name in names:
            click.echo(name)
        verb_zh, verb_en = ("待执行", "pending") if check else ("已执行", "applied")
        tell(f"{verb_zh} {len(names)} 项。", f"{len(names)} {verb_en}.")

    report({"pending" if check else "applied": names}, as_json, text)
