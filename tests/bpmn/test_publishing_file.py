"""The process file is valid BPMN for every tool, and says exactly what was agreed of each task."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import SpiffWorkflow.bpmn.parser
from lxml import etree

from tests import shipped
from tests.bpmn.node_tools import NoTools, check
from webapp.diagram_source import MODEL
from workflows import bpmn_files
from workflows.vocabulary import STAGES

FOLDER = Path(__file__).parents[2] / "bpmn"
PARTS = sorted(bpmn_files.PARTS.glob("*.bpmn"))
FILES = [*shipped.FILES, *PARTS]
PUBLISHING = shipped.PUBLISHING

REVIEW = "pass return return_interpretation hold reject raise_level"
PROOF = "pass corrected return"
SIGNED = "change_t1 sign_confirmation"
SIGNED_AGAIN = "change_t1 principal_review sign_confirmation"
PROOFS = "first_proofreading second_proofreading third_proofreading"
#: id: name, role, outcomes, standing, voids, due in working days
USER_TASKS: dict[str, tuple[str, str, str, str, str, int | None]] = {
    "attribute_review": ("公开属性审查", "ogi_officer", "proactive on_request not_disclosed return", "proactive", "", 1),
    "confidentiality_review": ("保密审查", "confidentiality_reviewer", "clear treat withhold refer", "clear refer", "change_t2 delta_confirmation confidentiality_referral", 2),
    "confidentiality_referral": ("报请确定", "confidentiality_reviewer", "clear treat withhold", "clear", "", 15),
    "third_party_opinion": ("征求第三方意见", "ogi_officer", "agree public_interest return", "agree public_interest", "", 15),
    "inter_agency_confirmation": ("协商确认", "ogi_officer", "consistent return", "consistent", "", 3),
    "legality_review": ("合法性审核", "legal_reviewer", "lawful return", "lawful", "", 7),
    "delta_confirmation": ("保密增量确认", "confidentiality_reviewer", "confirm return", "confirm", "", 1),
    "first_review": ("初审", "first_reviewer", REVIEW, "pass raise_level", "", 1),
    "second_review": ("复审", "second_reviewer", REVIEW, "pass raise_level", "", 1),
    "final_review": ("终审", "final_reviewer", REVIEW, "pass raise_level", SIGNED_AGAIN, 1),
    "principal_review": ("主要负责人审签", "principal", REVIEW.removesuffix(" raise_level"), "pass", SIGNED, 1),
    "first_proofreading": ("一校", "first_proofreader", PROOF, "pass", "", 1),
    "second_proofreading": ("二校", "second_proofreader", PROOF, "pass", "", 1),
    "third_proofreading": ("三校", "third_proofreader", PROOF, "pass", "", 1),
    "read_aloud": ("诵读", "reader", "pass return", "pass", "", 1),
    "sign_confirmation": ("签发确认", "final_reviewer", "confirm return", "confirm", "", 1),
    "release": ("发布", "publisher", "publish return", "", "", 1),
    "readback": ("读网核验", "publisher", "ok problem", "", "", None),
    "rectification": ("发布问题处理", "publisher", "fixed", "", "", 1),
    "revise": ("修改重报", "drafter", "unchanged t1 t2 t3 cancel", "", "", 3),
    "on_hold": ("待用", "final_reviewer", "resume reject", "", "", None),
}  # fmt: skip

REVIEWED = f"second_review final_review principal_review {PROOFS} read_aloud sign_confirmation"
CHECKED = "confidentiality_review confidentiality_referral delta_confirmation third_party_opinion inter_agency_confirmation legality_review"
#: id: handler, outcomes, voids
SERVICE_TASKS: dict[str, tuple[str, str, str]] = {
    "referral_answered": ("noted", "done", "confidentiality_review"),
    "third_party_needed": ("third_party_needed", "needed not_needed", ""),
    "inter_agency_needed": ("inter_agency_needed", "needed not_needed", ""),
    "legality_needed": ("legality_needed", "needed not_needed", ""),
    "approver_level": ("approver_level", "regular cosigned principal", ""),
    "signature_noted": ("noted", "done", "final_review"),
    "read_aloud_needed": ("read_aloud_needed", "needed not_needed", ""),
    "publish": ("publish", "done", ""),
    "register_on_request": ("register", "done", ""),
    "register_not_disclosed": ("register", "done", ""),
    "metadata_change": ("metadata_change", "none metadata attribute both", ""),
    "change_t1": ("void_decisions", "done", "sign_confirmation"),
    "change_t2": ("void_decisions", "done", f"delta_confirmation {REVIEWED}"),
    "change_t3": ("void_decisions", "done", f"change_t2 {CHECKED} first_review {REVIEWED}"),
    "change_attribute": ("void_decisions", "done", f"attribute_review change_t2 {CHECKED} final_review principal_review sign_confirmation"),
    "change_metadata": ("void_decisions", "done", "third_proofreading"),
    "attribute_questioned": ("void_decisions", "done", "attribute_review confidentiality_review confidentiality_referral"),
    "escalate_readback": ("escalate", "done", ""),
    "remind_third_party": ("escalate", "done", ""),
}  # fmt: skip

ENDS = {
    "published": "已公开",
    "on_request_registered": "列入依申请公开",
    "not_disclosed_registered": "列入不予公开",
    "rejected": "不予采用",
    "cancelled": "已撤销",
}


def names_of_files(files: list[Path]) -> list[str]:
    return [file.name for file in files]


@pytest.fixture(scope="module")
def schema() -> Any:
    folder = Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema"
    return etree.XMLSchema(etree.parse(folder / "BPMN20.xsd"))


@pytest.mark.parametrize("file", FILES, ids=names_of_files(FILES))
def test_each_file_validates_against_the_bpmn_schema(file: Path, schema: Any) -> None:
    schema.assertValid(etree.parse(file))


@pytest.fixture(scope="module")
def bpmn_io(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the bpmn.io tools say of our files, and of one that has a nameless task."""
    spoiled = tmp_path_factory.mktemp("spoiled") / "nameless.bpmn"
    text = PUBLISHING.read_text(encoding="utf-8")
    spoiled.write_text(text.replace(' name="初审"', ' nome="初审"'), encoding="utf-8")
    try:
        said = check(*FILES, spoiled)
    except NoTools as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason), pytrace=False)
        pytest.skip(str(reason))
    said["spoiled"] = said.pop(str(spoiled))
    return said


@pytest.mark.parametrize("file", FILES, ids=names_of_files(FILES))
def test_the_bpmn_io_tools_read_each_file_without_a_word(
    file: Path, bpmn_io: dict[str, Any]
) -> None:
    assert bpmn_io[str(file)] == {"warnings": [], "reports": []}


def test_those_tools_would_speak_up(bpmn_io: dict[str, Any]) -> None:
    reports = bpmn_io["spoiled"]["reports"]
    assert [(r["rule"], r["id"]) for r in reports] == [("label-required", "first_review")]


def test_user_tasks_are_as_agreed() -> None:
    definition = shipped.definition()
    found = {
        rule.id: (rule.name, rule.candidate_role, set(rule.outcomes), set(rule.standing), set(rule.voids), rule.due_in)
        for rule in definition.tasks.values() if rule.kind == "user"
    }  # fmt: skip
    agreed = {
        task: (name, role, set(outcomes.split()), set(standing.split()), set(voids.split()), due)
        for task, (name, role, outcomes, standing, voids, due) in USER_TASKS.items()
    }
    assert found == agreed


def test_service_tasks_are_as_agreed() -> None:
    definition = shipped.definition()
    found = {
        rule.id: (rule.handler, set(rule.outcomes), set(rule.voids))
        for rule in definition.tasks.values()
        if rule.kind == "service"
    }
    agreed = {
        task: (handler, set(outcomes.split()), set(voids.split()))
        for task, (handler, outcomes, voids) in SERVICE_TASKS.items()
    }
    assert found == agreed


def test_timers_ends_and_name_are_as_agreed() -> None:
    definition = shipped.definition()
    assert (definition.key, definition.name) == ("publishing", "信息发布三审三校（默认）")
    assert dict(definition.ends) == ENDS
    timers = {
        t.id: (t.attached_to, t.interrupting, t.duration, t.working_days)
        for t in definition.timers.values()
    }
    assert timers == {
        "third_party_overdue": ("third_party_opinion", False, "P15D", 15),
        "readback_overdue": ("readback", False, "PT24H", None),
    }


@pytest.mark.parametrize("file", FILES, ids=names_of_files(FILES))
def test_every_forking_gateway_asks_a_question_and_names_its_answers(file: Path) -> None:
    root = etree.parse(file).getroot()
    flows = list(root.iter(f"{MODEL}sequenceFlow"))
    for gateway in root.iter(f"{MODEL}exclusiveGateway"):
        leaving = [flow for flow in flows if flow.get("sourceRef") == gateway.get("id")]
        if len(leaving) == 1:
            continue
        assert gateway.get("name", "").endswith("？"), gateway.get("id")
        plain = [f.get("id") for f in leaving if f.find(f"{MODEL}conditionExpression") is None]
        assert plain == [gateway.get("default")]
        assert all(flow.get("name") for flow in leaving), gateway.get("id")


@pytest.mark.parametrize("file", FILES, ids=names_of_files(FILES))
def test_ids_are_english_words_and_names_chinese(file: Path) -> None:
    root = etree.parse(file).getroot()
    for element in root.iter(f"{MODEL}*"):
        if name := element.get("id"):
            assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        if words := element.get("name"):
            assert re.search(r"[\u4e00-\u9fff]", words), words


@pytest.mark.parametrize("file", FILES, ids=names_of_files(FILES))
def test_no_code_hides_in_the_model(file: Path) -> None:
    root = etree.parse(file).getroot()
    assert not list(root.iter(f"{MODEL}scriptTask", f"{MODEL}script"))
    comparison = r"[a-z_0-9]+ ([=!]= '[a-z_0-9]+'|in \['[a-z_0-9]+'(, '[a-z_0-9]+')*\])"
    for condition in root.iter(f"{MODEL}conditionExpression"):
        between = re.sub(comparison, "", condition.text).translate({40: " ", 41: " "})
        assert set(between.split()) <= {"or", "and"}, condition.text


def written_in(file: Path) -> set[str]:
    """Every name that a reader of the diagram meets."""
    root = etree.parse(file).getroot()
    texts = {text.text for text in root.iter(f"{MODEL}text") if text.text}
    return texts | {e.get("name") for e in root.iter(f"{MODEL}*") if e.get("name")}


def test_every_name_has_its_english_and_the_stages_the_english_of_the_vocabulary() -> None:
    words = bpmn_files.english()
    assert set(words) == set().union(*(written_in(file) for file in FILES))
    for stage in STAGES.values():
        assert words[stage.zh] == stage.en
