"""Cases: one running per key; every act moves state, tasks, timers and trail together, or nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import audit, cases, service_tasks, user_tasks
from engine.errors import AlreadyRunning, CaseNotRunning, DefinitionNotFound
from engine.models import AuditEntry, ProcessInstance, ProcessState, Timer, UserTask
from engine.service_tasks import Movement, NoHandler, NoRest, WrongAnswer
from engine.stepping import Occurrence, Step
from engine.text import Sentence
from tests.conftest import ALICE, MONDAY, Database, OpenUow
from tests.engine import office
from tests.engine.office import act, begun, open_tasks, start


def test_a_started_case_opens_its_first_task_and_says_so_on_its_trail(uow: OpenUow) -> None:
    with uow(ALICE, MONDAY) as work:
        case = start(work)
        assert open_tasks(work, case.id) == ["first_review"]
        assert cases.open_elements(work, case.id) == ["first_review"]
        (entry,) = audit.entries(work, case.id)
        assert (entry.action, entry.actor_id, entry.at) == ("case.started", ALICE.id, MONDAY)
        assert (case.trail_length, case.trail_head) == (1, entry.hash)


def test_a_second_case_for_the_same_key_is_refused_and_the_transaction_goes_on(
    uow: OpenUow,
) -> None:
    with uow() as work:
        start(work, "2026-000007")
        with pytest.raises(AlreadyRunning, match="2026-000007"):
            start(work, "2026-000007")
        assert start(work, "2026-000008").status == "running"
        work.commit()


def test_a_key_may_run_again_once_its_case_is_over(uow: OpenUow) -> None:
    with uow() as work:
        first = start(work)
        cases.cancel(work, first.id, reason="重复报送")
        assert start(work).id != first.id


def test_an_unknown_process_cannot_be_started(uow: OpenUow) -> None:
    with uow() as work, pytest.raises(DefinitionNotFound):
        cases.start(work, "no_such_process", "1")


def test_the_whole_way_ends_as_published_and_leaves_nothing_open(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        act(work, case.id, "first_review", "pass")
        assert open_tasks(work, case.id) == ["legality_review", "second_review"]
        act(work, case.id, "second_review", "pass")
        applied = act(work, case.id, "legality_review", "lawful")
        assert applied.ended == "published"
        assert applied.services == (("publish", "done"),)
        assert (case.status, case.ended_as, case.ended_at) == ("ended", "published", MONDAY)
        assert open_tasks(work, case.id) == []
        assert work.session.scalars(sa.select(Timer)).all() == []
        actions = [entry.action for entry in audit.entries(work, case.id)]
        assert actions[-2:] == ["task.completed", "case.ended"]
        assert audit.verify_case(work, case.id).ok


def test_a_return_withdraws_the_parallel_task_and_tells_it_why(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        act(work, case.id, "first_review", "pass")
        act(work, case.id, "legality_review", "return")
        assert open_tasks(work, case.id) == ["revise"]
        second = next(
            t for t in user_tasks.for_case(work, case.id) if t.element_id == "second_review"
        )
        assert (second.status, second.outcome, second.closed_by) == ("closed", None, ALICE.id)
        (told,) = user_tasks.refusals(work, second, "complete")
        assert "合法性审核" in told.zh
        assert "withdrawn" in told.en


def test_rounds_count_how_often_an_element_opened(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        for number in (1, 2, 3):
            assert office.task(work, case.id, "first_review").round == number
            act(work, case.id, "first_review", "return")
            assert office.task(work, case.id, "revise").round == number
            act(work, case.id, "revise", "again")


def test_a_cancelled_case_has_no_open_task_no_timer_and_takes_no_more_acts(uow: OpenUow) -> None:
    with uow() as work:
        case = start(work)
        waiting = office.task(work, case.id, "first_review")
        cases.cancel(work, case.id, reason="文件已失效")
        assert case.status == "cancelled"
        assert work.session.scalars(sa.select(Timer)).all() == []
        assert waiting.status == "closed"
        assert "文件已失效" in user_tasks.refusals(work, waiting, "claim")[0].zh
        with pytest.raises(CaseNotRunning):
            cases.cancel(work, case.id, reason="再一次")
        with pytest.raises(CaseNotRunning):
            cases.lock(work, 999)
        assert cases.open_elements(work, case.id) == []


def test_states_are_stored_once_however_many_cases_stand_there(uow: OpenUow) -> None:
    with uow() as work:
        for number in range(5):
            start(work, f"2026-{number}")
        assert work.session.scalar(sa.select(sa.func.count()).select_from(ProcessState)) == 1


def test_nothing_is_left_of_a_case_that_is_not_committed(uow: OpenUow, database: Database) -> None:
    with uow() as work:
        start(work)
    with uow() as work:
        for table in (ProcessInstance, UserTask, Timer, AuditEntry, ProcessState):
            assert work.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


class Unready(cases.CaseNotRunning):
    """What a domain's handler may raise."""


def _refuses(*_: object) -> str:
    raise Unready(Sentence("保密审查未通过。", "The confidentiality review has not passed."))


def test_a_handlers_refusal_refuses_the_whole_act_with_its_own_class(uow: OpenUow) -> None:
    case_id = begun(uow, ("first_review", "pass"), ("second_review", "pass"))
    domain = office.make_domain(handlers={"publish": _refuses})
    with uow(domain=domain) as work, pytest.raises(Unready, match="保密审查未通过"):
        act(work, case_id, "legality_review", "lawful")
    with uow() as work:
        assert open_tasks(work, case_id) == ["legality_review"]
        assert audit.verify_case(work, case_id).length == 5


@pytest.mark.parametrize(
    ("handlers", "error"),
    [({}, NoHandler), ({"publish": lambda *_: "perhaps"}, WrongAnswer)],
    ids=["not installed", "answers nonsense"],
)
def test_a_broken_handler_is_named_and_nothing_moves(
    uow: OpenUow, handlers: dict[str, object], error: type[Exception]
) -> None:
    case_id = begun(uow, ("first_review", "pass"), ("second_review", "pass"))
    domain = office.make_domain(handlers=handlers)
    with uow(domain=domain) as work, pytest.raises(error, match="publish"):
        act(work, case_id, "legality_review", "lawful")
    with uow() as work:
        assert open_tasks(work, case_id) == ["legality_review"]


def test_service_tasks_that_never_rest_are_stopped(
    uow: OpenUow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_tasks, "MOST_ANSWERS", 0)
    case_id = begun(uow, ("first_review", "pass"), ("second_review", "pass"))
    with uow() as work, pytest.raises(NoRest):
        act(work, case_id, "legality_review", "lawful")
    with uow() as work:
        assert open_tasks(work, case_id) == ["legality_review"]


def test_what_opened_and_closed_within_one_act_leaves_no_trace() -> None:
    seen, kept = Occurrence("user", "legality_review"), Occurrence("user", "revise")
    movement = Movement("0")
    movement.take(Step("1", opened=(seen, kept), closed=(), ended=None))
    movement.take(Step("2", opened=(), closed=(seen,), ended=None))
    assert (movement.state, movement.opened, movement.closed) == ("2", [kept], [])


def test_what_closed_and_opened_again_within_one_act_is_both() -> None:
    again = Occurrence("user", "first_review")
    movement = Movement("0")
    movement.take(Step("1", opened=(again,), closed=(again,), ended=None))
    assert (movement.opened, movement.closed) == ([again], [again])
