"""What users of other engines reported about going back and co-signing: each thread, told with our verbs.

The threads about branches are in test_take_back, those about rules of signatures in test_signing.
"""

from __future__ import annotations

import pytest

from engine import asides, cases, definitions, signing, user_tasks
from engine.allowed import may
from engine.database import Actor
from engine.errors import CannotTakeBack
from engine.take_back import take_back
from tests.conftest import ALICE, BOB, OpenUow
from tests.engine import histories
from tests.engine.office import act, begun, open_tasks, task
from tests.reference.drawing import Drawing

CAROL = Actor("3", "冯灿")


def sign(uow: OpenUow, who: Actor, found: int, outcome: str) -> bool:
    """One signature, committed; whether it settled the task."""
    with uow(who) as work:
        settled = signing.sign(work, found, outcome, "已阅").applied is not None
        work.commit()
        return settled


def put_up(uow: OpenUow, case_id: int, element: str, *places: list[Actor]) -> int:
    """Alice takes the task and puts it up for co-signing."""
    with uow() as work:
        found = user_tasks.claim(work, task(work, case_id, element).id).id
        signing.begin(work, found, places, consent="pass")
        work.commit()
        return found


def three_then_one() -> bytes:
    """Three people of one step, then one who may send it back to them."""
    drawing = Drawing("panel")
    drawing.start("submitted")
    drawing.xor("entry")
    drawing.user("panel_review", "agree object", several=3, until="== 'object'")
    drawing.user("chair_review", "pass return")
    drawing.xor("chair_decided")
    drawing.end("published")
    drawing.chain("submitted", "entry", "panel_review", "chair_review", "chair_decided")
    drawing.flow("chair_decided", "published", "chair_review == 'pass'")
    drawing.default("chair_decided", drawing.flow("chair_decided", "entry"))
    return drawing.xml()


def panel(uow: OpenUow) -> int:
    with uow() as work:
        definitions.deploy(work, three_then_one(), "panel.bpmn")
        case_id = cases.start(work, "panel", "2026-000001").id
        work.commit()
        return case_id


def all_agree(uow: OpenUow, case_id: int) -> None:
    with uow() as work:
        for row in user_tasks.for_case(work, case_id):
            if row.status == "open":
                user_tasks.claim(work, row.id)
                user_tasks.complete(work, row.id, "agree")
        work.commit()


def test_yudao_727_back_to_a_step_of_several_people_asks_all_of_them(uow: OpenUow) -> None:
    """ruoyi-vue-pro 727: sent back to a multi-instance step, and no task was created there at all."""
    case_id = panel(uow)
    for number in range(2):
        all_agree(uow, case_id)
        with uow() as work:
            act(work, case_id, "chair_review", "return")
            assert open_tasks(work, case_id) == ["panel_review"] * 3
            assert {t.round for t in user_tasks.for_case(work, case_id) if t.status == "open"} == {
                number + 2
            }
            work.commit()
    all_agree(uow, case_id)
    with uow() as work:
        assert act(work, case_id, "chair_review", "pass").ended == "published"


def test_activiti_2181_one_of_several_takes_back_before_and_after_the_last_said_so(
    uow: OpenUow,
) -> None:
    """Activiti 2181: calling back what one submitted works for no step of several people with a rule of
    its own for when it is complete."""
    case_id = panel(uow)
    decided = []
    for who in (ALICE, BOB, CAROL):
        with uow(who) as work:
            row = next(t for t in user_tasks.for_case(work, case_id) if t.status == "open")
            user_tasks.claim(work, row.id)
            user_tasks.complete(work, row.id, "agree")
            decided.append(row.id)
            work.commit()
    with uow(BOB) as work:  # all three have decided and the chair's task is open
        take_back(work, decided[1])
        assert open_tasks(work, case_id) == ["panel_review"]
        assert task(work, case_id, "panel_review").assignee_id == BOB.id
        act(work, case_id, "panel_review", "object")
        assert open_tasks(work, case_id) == ["chair_review"]
        act(work, case_id, "chair_review", "return")
        work.commit()
    with uow(ALICE) as work, pytest.raises(CannotTakeBack, match=BOB.name):
        take_back(work, decided[0])


def test_yudao_1128_sent_back_to_the_drafter_waits_for_the_drafter(uow: OpenUow) -> None:
    """ruoyi-vue-pro 1128: sent back to whoever began it, the case did not stay there."""
    case_id = begun(uow, ("first_review", "return"))
    with uow() as work:
        assert open_tasks(work, case_id) == ["revise"]
        act(work, case_id, "revise", "again")
        again = task(work, case_id, "first_review")
        assert (again.round, again.assignee_id) == (2, None)


def test_steedos_1466_a_co_signer_sends_back_and_the_others_are_asked_no_more(uow: OpenUow) -> None:
    """steedos/workflow 1466: a co-signer must be able to return it; who has not signed need not any more."""
    case_id = begun(uow)
    found = put_up(uow, case_id, "first_review", [BOB, CAROL])
    assert sign(uow, BOB, found, "return")
    with uow() as work:
        assert open_tasks(work, case_id) == ["revise"]
        assert signing.asked_of(work, CAROL.id) == []


def test_antflow_7_what_a_co_signer_returns_is_returned_not_passed_on(uow: OpenUow) -> None:
    """AntFlow-activiti 7: a co-signer chose to send back, and the case went on to the next signer."""
    case_id = begun(uow)
    found = put_up(uow, case_id, "first_review", [BOB], [CAROL])
    assert sign(uow, BOB, found, "return")
    with uow(CAROL) as work:
        assert open_tasks(work, case_id) == ["revise"]
        assert "sign" not in {verb for row in may(work, case_id).tasks for verb in row.allowed()}


def test_steedos_1377_a_co_signer_takes_the_signature_back(uow: OpenUow) -> None:
    """steedos/workflow 1377: nothing given in co-signing could be fetched back."""
    case_id = begun(uow)
    found = put_up(uow, case_id, "first_review", [BOB, CAROL])
    assert not sign(uow, BOB, found, "pass")
    with uow(BOB) as work:
        signing.withdraw_signature(work, found)
        work.commit()
    assert sign(uow, BOB, found, "return")
    with uow() as work:
        assert open_tasks(work, case_id) == ["revise"]


def test_steedos_6985_a_return_leaves_copies_for_information_unread(uow: OpenUow) -> None:
    """steedos-platform 6985: a rejection at co-signing took the circulated copies from their readers."""
    case_id = begun(uow)
    found = put_up(uow, case_id, "first_review", [BOB])
    with uow() as work:
        copy = asides.copy_to(work, case_id, [CAROL], "请阅")[0].id
        work.commit()
    assert sign(uow, BOB, found, "return")
    with uow(CAROL) as work:
        assert [row.id for row in asides.unread(work, CAROL.id)] == [copy]
        asides.mark_read(work, copy)
        assert asides.unread(work, CAROL.id) == []


def test_bpmn_server_177_who_made_a_mistake_fetches_it_back_from_the_next(uow: OpenUow) -> None:
    """bpmn-server 177: waiting for the leader, the sender saw a mistake; nothing led back but a restart of
    the whole case, which would disturb what runs beside it."""
    case_id = begun(uow, ("first_review", "pass"))
    with uow() as work:
        assert [row.task.element_id for row in may(work, case_id).decisions if row.allowed()] == [
            "first_review"
        ]
        mine = may(work, case_id).decisions[0].task.id
        take_back(work, mine)
        assert open_tasks(work, case_id) == ["first_review"]
        work.commit()
    with uow() as work:
        act(work, case_id, "first_review", "pass")
        assert open_tasks(work, case_id) == ["legality_review", "second_review"]
        histories.check(work, cases.lock(work, case_id))
