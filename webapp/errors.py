"""One table from a refusal's class to its status and heading; every error page carries the request id.

A refusal of a person's right to act is itself evidence: the refused act has been rolled back, so it is
recorded in a unit of work of its own (style 3.4.11).
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from engine import errors as engine_errors
from engine.errors import SanshenError
from engine.text import Sentence
from webapp import kept, transaction
from webapp.request_log import log, request_id
from webapp.security import MAX_TYPED_BYTES
from workflows import errors as workflow_errors
from workflows import oversight


@dataclass(frozen=True, slots=True)
class Answer:
    """What a class of refusals becomes: status, heading, and whether it concerns a right to act."""

    status: int
    heading: object
    recorded: bool = False


_NOT_FOUND = Answer(404, _l("没有这个页面，或者您无权查看"))
_OVERTAKEN = Answer(409, _l("情况已经变了，这一步没有办"))
_REFUSED = Answer(422, _l("这一步不能办"))
_FORBIDDEN = Answer(403, _l("这一步不归您办"), recorded=True)

#: The nearest class in the method resolution order decides.
TABLE: dict[type[SanshenError], Answer] = {
    workflow_errors.NotFound: _NOT_FOUND,
    engine_errors.TaskNotFound: _NOT_FOUND,
    engine_errors.DefinitionNotFound: _NOT_FOUND,
    workflow_errors.NotPermitted: _FORBIDDEN,
    engine_errors.NotYourTask: _FORBIDDEN,
    workflow_errors.DocumentChanged: _OVERTAKEN,
    engine_errors.StalePage: _OVERTAKEN,
    engine_errors.TaskClosed: _OVERTAKEN,
    engine_errors.TaskAlreadyClaimed: _OVERTAKEN,
    engine_errors.AlreadyRunning: _OVERTAKEN,
    engine_errors.CaseNotRunning: _OVERTAKEN,
    engine_errors.CaseSuspended: _OVERTAKEN,
    engine_errors.NotSettled: _OVERTAKEN,
    engine_errors.CannotTakeBack: _OVERTAKEN,
    engine_errors.UnknownOutcome: Answer(422, _l("没有这种办理结果")),
    workflow_errors.LoginRefused: Answer(401, _l("没有登录成功")),
    SanshenError: _REFUSED,
}
#: What was tried, in words, by endpoint; anything else is told by its method and address.
ACTS = {
    "tasks.claim": Sentence("认领任务", "claiming a task"),
    "tasks.unclaim": Sentence("退签任务", "giving a task back"),
    "tasks.reassign": Sentence("转办任务", "handing a task on"),
    "decisions.take_back": Sentence("撤回决定", "taking a decision back"),
    "decisions.decide": Sentence("办理任务", "deciding a task"),
    "packages.cancel": Sentence("撤销稿件", "cancelling the item"),
    "editing.save": Sentence("修改稿件", "editing the item"),
}
#: What HTTP itself refuses, in words.
HTTP = {
    400: (_l("浏览器发来的内容不完整"), _l("请返回上一页，刷新后再办一次。")),
    404: (_NOT_FOUND.heading, _l("请检查地址，或者从左边的去处重新进入。")),
    405: (_l("这个地址不能这样打开"), _l("请从页面上的按钮进入。")),
    413: (
        _l("提交的内容太大"),
        _l("一次粘贴的文字不要超过 %(text)s MB，一次上传的文件合计不要超过 %(files)s MB。"
           "长文请存成 .docx 文件上传。没有保存任何内容，请返回上一页修改。"),
    ),
}  # fmt: skip


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_error_handler(SanshenError, refusal)
    app.register_error_handler(CSRFError, lambda error: kept.form_expired())
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def answer_for(error: SanshenError) -> Answer:
    """The table's line for this refusal. Reading what one may not read looks like nothing there."""
    answer = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    if answer is _FORBIDDEN and request.method in ("GET", "HEAD"):
        return Answer(404, _NOT_FOUND.heading, recorded=True)
    return answer


def refusal(error: SanshenError) -> ResponseReturnValue:
    """All reasons of a refusal on one page, with the right status; nothing was changed."""
    transaction.abandon()
    answer = answer_for(error)
    if answer.recorded:
        record_refusal(error)
    if answer.status == 404:
        return _not_found()
    return _page(answer.status, answer.heading, error.reasons)


def record_refusal(error: SanshenError) -> None:
    """Write the refused act into the trail, on its own."""
    act = f"{request.method} {request.path}"
    named = request.view_args or {}
    with transaction.separate() as own:
        subject = oversight.subject_of(
            own, task_id=named.get("task_id"), package_id=named.get("package_id")
        )
        oversight.record_refusal(
            own,
            act=ACTS.get(request.endpoint or "", Sentence(act, act)),
            error=error,
            subject=subject or request.path[:200],
        )
        own.commit()


def _http(error: HTTPException) -> ResponseReturnValue:
    transaction.abandon()
    status = error.code or 500
    if status < 400:
        return error
    if status == 404:
        return _not_found()
    if isinstance(error, RequestEntityTooLarge):
        return _too_large()
    heading, advice = HTTP.get(status, HTTP[400])
    return _page(status, heading, (advice,))


def _not_found() -> ResponseReturnValue:
    heading, advice = HTTP[404]
    return _page(404, heading, (advice,))


def _too_large() -> ResponseReturnValue:
    heading, advice = HTTP[413]
    files = request.max_content_length or 0
    filled = str(advice) % {"text": MAX_TYPED_BYTES >> 20, "files": files >> 20}
    return _page(413, heading, (filled,))


def _fault(error: Exception) -> ResponseReturnValue:
    """What we did not foresee: the reader gets a number, the log gets the number and the reason."""
    transaction.abandon()
    g.bare = True  # the page must not need what has just failed
    if transaction.is_busy(error):
        log.warning("busy", exc_info=error)
        return _page(
            503, _l("现在办理的人太多，这一步没有办"), (_l("请稍等几秒，返回上一页再按一次。"),)
        )
    log.error("fault", exc_info=error)
    return _page(
        500,
        _l("系统出了问题，这一步没有办"),
        (_l("您填写的内容可以按“返回”找到。请把下面的编号告诉系统管理员。"),),
    )


def _page(
    status: int, heading: object, reasons: tuple[Sentence | object, ...]
) -> ResponseReturnValue:
    g.pop("csrf_valid", None)
    if request.accept_mimetypes.best == "application/json":
        sentences = [str(reason) for reason in reasons]
        return jsonify(sentences=sentences, request=request_id()), status
    page = render_template(
        "error.html", status=status, heading=heading, reasons=reasons, number=request_id()
    )
    return page, status
