"""The closed list of what the domain writes into the trail. Names are `subject.past_participle`.

Every domain act records exactly one of these through `record`; an unknown name is a programming
error. The sentences are filled from the entry's own data, so the trail can be read without us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import audit
from engine.database import UnitOfWork
from engine.models import ProcessInstance
from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry: its name and its sentence, with {placeholders} for keys of the entry's data."""

    action: str
    zh: str
    en: str


def _kinds(*kinds: Kind) -> Mapping[str, Kind]:
    return {kind.action: kind for kind in kinds}


EVENTS = _kinds(
    Kind("house.founded", "建立数据库（{mode}）", "Founded this database ({mode})"),
    # log-in and people
    Kind("login.succeeded", "登录", "logged in"),
    Kind("login.refused", "登录名“{login}”登录被拒绝：{reason}", "Log-in as “{login}” refused: {code}"),
    Kind(
        "login.blocked",
        "{what}“{value}”登录失败次数过多，{until}之前不再受理",
        "Too many failed log-ins: {what_en} “{value}” has to wait until {until}",
    ),
    Kind("login.ended", "退出登录", "logged out"),
    Kind("password.changed", "修改了自己的密码", "changed their own password"),
    Kind("password.reset", "重置了{name}的密码", "Reset the password of {name}"),
    Kind("mail.chosen", "设置邮件通知：{choice}", "Chose messages by e-mail: {choice_en}"),
    Kind("person.created", "新建人员{name}（{login}）", "Created {name} ({login})"),
    Kind("person.changed", "修改人员：{before} → {name}", "Changed {before} to {name}"),
    Kind("person.deactivated", "停用{name}：{reason}", "Deactivated {name}: {reason}"),
    Kind("person.reactivated", "恢复{name}", "Reactivated {name}"),
    Kind("roles.set", "设置{name}的角色：{roles}", "Set the roles of {name}: {roles_en}"),
    Kind("unit.created", "新建单位{name}", "Created unit {name}"),
    Kind("unit.changed", "修改单位：{before} → {name}", "Changed unit {before} to {name}"),
    Kind("unit.closed", "撤销单位{name}", "Closed unit {name}"),
    Kind("unit.reopened", "恢复单位{name}", "Reopened unit {name}"),
    Kind("unit.accountable_set", "{name}的{label}：{person}，{since}起", "{label_en} of {name}: {person}, from {since}"),
    Kind(
        "unit.separation_set",
        "{name}的审校分离方式由“{before}”改为“{after}”",
        "Separation of duties of {name} changed from {before} to {after}",
    ),
    Kind(
        "calendar.entered",
        "录入{year}年放假通知（{source}），{moved}个时限有变动",
        "Entered the holiday notice of {year} ({source}); {moved} deadlines changed",
    ),
    Kind("catalogue.proposed", "提出{unit}主动公开事项目录第{number}版（{count}项）", "Proposed edition {number} of the catalogue of {unit} ({count} matters)"),
    Kind("catalogue.adopted", "批准{unit}主动公开事项目录第{number}版，{effective_on}起生效", "Adopted edition {number} of the catalogue of {unit}, in force from {effective_on}"),
    Kind("catalogue.declined", "不批准{unit}主动公开事项目录第{number}版：{reason}", "Declined edition {number} of the catalogue of {unit}: {reason}"),
    Kind("duty.opened", "公开任务到来：{name}（{label}），{due}前公开", "Duty arose: {name} ({label}), to be disclosed by {due}"),
    Kind("duty.excused", "公开任务“{name}”（{label}）不需公开：{reason}", "Duty “{name}” ({label}) does not apply: {reason}"),
    Kind("parameter.set", "{unit}规定“{rule}”为{value}（{strength}），{effective_on}起，依据{basis}", "{unit} set “{rule_en}” to {value_en} from {effective_on} ({basis})"),
    Kind("source.allowed", "{unit}把{name}（{host}）列入转载来源名单，依据{basis}", "{unit} put {name} ({host}) on the list of sources for reposts ({basis})"),
    Kind("source.withdrawn", "{unit}把{name}（{host}）移出转载来源名单，依据{basis}", "{unit} took {name} ({host}) off the list of sources for reposts ({basis})"),
    # the package
    Kind("package.created", "新建稿件包《{title}》，流转单号{number}", "Created “{title}”, no. {number}"),
    Kind("package.saved", "保存第{version}版", "Saved version {version}"),
    Kind("package.submitted", "送审第{version}版", "Submitted version {version}"),
    Kind(
        "package.refused_at_gate",
        "送审被拦下，{count}项不符合要求",
        "Submission refused: {count} points are missing",
    ),
    Kind("package.resubmitted", "重报第{version}版：{change}", "Resubmitted version {version}: {change_en}"),
    Kind("package.classed_low", "所定类别“{change}”低于系统建议的“{proposal}”（涉及{because}），理由：{reason}", "Called the change “{change_en}”, less than the proposed “{proposal_en}” (it touches {because_en}); reason: {reason}"),
    Kind("package.cancelled", "撤销本件：{reason}", "Cancelled the item: {reason}"),
    Kind("package.read", "查阅第{version}版", "Read version {version}"),
    Kind("package.due_reminded", "应公开截止日提醒：{left}", "Reminded of the day of disclosure: {left_en}"),
    Kind("package.registered", "登记为{register}，{review_on}前复查能否公开", "Registered as {register_en}; to be looked at again by {review_on}"),
    Kind("file.read", "下载附件{name}", "Downloaded {name}"),
    Kind("file.stored", "存入文件{name}", "Stored file {name}"),
    Kind("override.asked", "请求同意例外：{rules}", "Asked for exceptions: {rules_en}"),
    Kind("override.allowed", "同意例外“{rule}”（规定{required}，实为{found}）：{opinion}", "Allowed an exception to “{rule_en}” (required {required}, found {found}): {opinion}"),
    Kind("repair.proposed", "提出修复，移到{stages}：{reason}", "Proposed a repair to {stages_en}: {reason}"),
    Kind(
        "repair.declined",
        "不同意移到{stages}的修复：{reason}",
        "Declined the repair to {stages_en}: {reason}",
    ),
    # decisions and release
    Kind("decision.voided", "{stage}的决定失效：{reason}", "Decision of {stage_en} voided: {reason_en}"),
    Kind("consultation.held", "会商（{held_on}，{participants}），结论：{conclusion}", "Consultation on {held_on} with {participants}; conclusion: {conclusion}"),
    Kind("return_notice.issued", "发出退文通知{number}", "Issued return notice {number}"),
    Kind("publication.released", "发布，地址{path}", "Released at {path}"),
    Kind("publication.late", "超过应公开截止日{due}发布，理由：{reason}", "Released after {due}, when it was due; reason: {reason}"),
    Kind("publication.refused", "发布被终检拦下，{count}项不符合要求", "Release refused: {count} points"),
    Kind("sheet.exported", "导出审校流转单（PDF）", "Exported the review sheet (PDF)"),
    Kind("confidentiality_form.exported", "导出保密审查表（PDF）", "Exported the confidentiality form (PDF)"),
    # time, refusals, evidence
    Kind("task.reminded", "催办{task}", "Reminded: {task_en}"),
    Kind("task.escalated", "{task}超时，已升级提醒", "{task_en} is overdue and was escalated"),
    Kind("act.refused", "{act}被拒绝：{reasons}", "{act} refused: {reasons_en}"),
    Kind("register.exported", "导出台账“{register}”（{format}，{rows}行）", "Exported the register “{register_en}” ({format}, {rows} rows)"),
    Kind("log.exported", "导出{cases}件的过程日志（{format}，{events}条）", "Exported the log of {cases} cases ({format}, {events} events)"),
    Kind("trail.verified", "核验办理记录：{finding}", "Verified the trail: {finding_en}"),
)  # fmt: skip


class _Told(dict[str, Any]):
    """Entry data for a template. An old entry may have said a thing in Chinese only; what it lacks altogether
    prints as a dash, never as an error."""

    def __missing__(self, key: str) -> Any:
        return self.get(key.removesuffix("_en"), "—")


def record(
    uow: UnitOfWork,
    action: str,
    *,
    subject: str,
    data: Mapping[str, Any] | None = None,
    case: ProcessInstance | None = None,
) -> None:
    """Write one entry of the domain in the act's own transaction."""
    if action not in EVENTS:
        raise KeyError(f"{action} is not in workflows/events.py")
    audit.append(uow, action, case=case, subject=subject, data=dict(data or {}))


def sentence(action: str, data: Mapping[str, Any]) -> Sentence | None:
    """The entry as a sentence, or None for an action that is not the domain's."""
    kind = EVENTS.get(action)
    if kind is None:
        return None
    told = _Told(data)
    return Sentence(kind.zh.format_map(told), kind.en.format_map(told), action)
