"""The group `sanshen`: its families of commands, and what every refusal looks like on a terminal."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import click

import config
from engine.errors import SanshenError
from webapp.cli import (
    audit,
    bench,
    calendar,
    definitions,
    demo,
    outbox,
    output,
    people,
    production,
    running,
    safekeeping,
    walkthrough,
)
from webapp.database import NotReady


class House(click.Group):
    """Turns refusals into sentences and exit codes, so that no command needs to."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except config.SettingRefused as refused:
            click.echo(str(refused), err=True)
            ctx.exit(output.ENVIRONMENT)
        except NotReady as unready:
            output.refusal(unready.reasons)
            ctx.exit(output.ENVIRONMENT)
        except SanshenError as refused:
            output.refusal(refused.reasons)
            ctx.exit(output.REFUSED)


@click.group(cls=House, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(importlib.metadata.version("sanshen"), prog_name="sanshen")
def main() -> None:
    """三审：政务信息公开审签流程引擎。An approval engine for government information publishing.

    设置取自环境变量（见 docs/cli.md）。Settings come from the environment; docs/cli.md lists them.

    退出码 Exit codes: 0 成功 done · 1 被拒绝 refused, with reasons · 2 用法错误 usage ·
    3 环境缺失 something outside is missing · 4 证据不符 evidence does not hold.
    """


main.add_command(demo.demo)
main.add_command(production.init)
main.add_command(production.migrate)
main.add_command(running.serve)
main.add_command(running.worker)
main.add_command(safekeeping.backup)
main.add_command(safekeeping.restore)
main.add_command(definitions.definitions)
main.add_command(people.people)
main.add_command(audit.audit)
main.add_command(calendar.calendar)
main.add_command(walkthrough.walkthrough)
main.add_command(bench.bench)
main.add_command(outbox.outbox)
