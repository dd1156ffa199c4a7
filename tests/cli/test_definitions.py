"""Process definitions on the command line: checked without a database, deployed all or none."""

from __future__ import annotations

import json
from pathlib import Path

from lxml import etree

from tests.cli.conftest import Run
from tests.reference.drawing import Drawing
from workflows import bpmn_files

BROKEN = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    targetNamespace="urn:test" id="broken">
  <bpmn:process id="broken" isExecutable="true">
    <bpmn:startEvent id="begin"/>
    <bpmn:scriptTask id="code"/>
    <bpmn:userTask id="nobody"/>
  </bpmn:process>
</bpmn:definitions>
"""


def test_the_shipped_definitions_can_be_deployed(run: Run) -> None:
    done = run("definitions", "check", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [Path(one["file"]) for one in told] == bpmn_files.shipped()
    assert all(one["problems"] == [] for one in told)
    assert not Path("var").exists()


def test_a_broken_file_is_told_all_its_problems(run: Run, tmp_path: Path) -> None:
    (tmp_path / "broken.bpmn").write_text(BROKEN)
    done = run("definitions", "check", tmp_path / "broken.bpmn", "--json")
    assert done.exit_code == 1
    (told,) = json.loads(done.stdout)
    assert len(told["problems"]) >= 2
    assert all("broken.bpmn" in one["zh"] for one in told["problems"])


def test_a_file_that_is_no_xml_is_refused_in_a_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "no.bpmn").write_text("这不是流程文件")
    done = run("definitions", "check", tmp_path / "no.bpmn")
    assert done.exit_code == 1
    assert "Traceback" not in done.output


def test_deploying_the_same_again_makes_no_new_version(run: Run, house: Path) -> None:
    for file in bpmn_files.shipped():
        assert json.loads(run("definitions", "deploy", file, "--json").stdout)[0]["version"] == 1


def small(folder: Path, *, key: str = "small", returned: str = "revise") -> Path:
    """A review with a way back; `returned` says where a returned item goes."""
    drawing = Drawing(key)
    drawing.start("submitted")
    drawing.xor("entry")
    drawing.user("first_review", "pass return")
    drawing.user("revise", "unchanged")
    drawing.xor("reviewed")
    drawing.xor("settled")
    drawing.end("published")
    drawing.chain("submitted", "entry", "first_review", "reviewed")
    drawing.flow("reviewed", "settled", "first_review == 'pass'")
    drawing.default("reviewed", drawing.flow("reviewed", "revise"))
    drawing.chain("revise", "entry" if returned == "revise" else "settled")
    drawing.chain("settled", "published")
    file = folder / f"{key}.bpmn"
    file.write_bytes(drawing.xml())
    return file


RULES = """
[[rule]]
id = "reviewed"
zh = "初审通过才能办结。"
en = "Nothing ends without the first review."
source = ["domain:A1.8"]
strength = "mandatory"
template = "precedence"
of = ["end:published"]
needs = ["first_review=pass"]
"""


def test_a_changed_file_becomes_the_next_version(run: Run, house: Path, tmp_path: Path) -> None:
    file = small(tmp_path)
    assert json.loads(run("definitions", "deploy", file, "--json").stdout)[0]["version"] == 1
    file.write_bytes(file.read_bytes() + b"<!-- second -->\n")
    assert json.loads(run("definitions", "deploy", file, "--json").stdout)[0]["version"] == 2
    shown = json.loads(run("definitions", "show", "small", "--json").stdout)
    assert shown["version"] == 2
    assert {"element", "name", "who", "outcomes", "due_in"} == set(shown["tasks"][0])


def test_one_broken_file_keeps_all_out(run: Run, house: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.bpmn").write_text(BROKEN)
    done = run("definitions", "deploy", small(tmp_path), tmp_path / "broken.bpmn")
    assert done.exit_code == 1
    assert len(json.loads(run("definitions", "list", "--json").stdout)) == len(bpmn_files.shipped())


def test_a_deployment_that_fails_half_way_leaves_nothing(
    run: Run, house: Path, tmp_path: Path
) -> None:
    """The first of two was stored already when the proof of the second failed: neither is there."""
    small(tmp_path, key="second", returned="settled")
    (tmp_path / "second.rules.toml").write_text(RULES, encoding="utf-8")
    before = (run("definitions", "list", "--json").stdout, run("audit", "verify", "--json").stdout)
    done = run("definitions", "deploy", small(tmp_path), tmp_path / "second.bpmn")
    assert done.exit_code == 1
    assert "初审通过才能办结。" in done.stderr
    assert run("definitions", "list", "--json").stdout == before[0]
    assert run("audit", "verify", "--json").stdout == before[1], "nor is an entry of it"


def test_the_shipped_processes_are_proven_without_exploring_again(run: Run) -> None:
    done = run("definitions", "verify", "--json")
    assert done.exit_code == 0, done.output
    for told in json.loads(done.stdout):
        assert told["proven"]
        assert told["states"] > 1
        assert told["rules"]
    assert done.stderr == ""
    assert not Path("var").exists()


def test_a_process_that_breaks_a_rule_is_told_how_and_not_deployed(
    run: Run, house: Path, tmp_path: Path
) -> None:
    file = small(tmp_path, returned="settled")
    (tmp_path / "small.rules.toml").write_text(RULES, encoding="utf-8")
    done = run("definitions", "verify", file)
    assert done.exit_code == 1
    assert "初审通过才能办结。" in done.stderr
    assert "  2 revise：未作修改，说明后重报" in done.stderr
    (told,) = json.loads(run("definitions", "verify", file, "--json").stdout)
    assert [step["zh"] for step in told["findings"][0]["story"]] == [
        "1 first_review：退回修改",
        "2 revise：未作修改，说明后重报",
    ]
    refused = run("definitions", "deploy", file)
    assert refused.exit_code == 1
    assert "  2 revise：未作修改，说明后重报" in refused.stderr
    assert len(json.loads(run("definitions", "list", "--json").stdout)) == len(bpmn_files.shipped())


def test_a_counterexample_is_drawn_with_its_steps(run: Run, tmp_path: Path) -> None:
    file = small(tmp_path, returned="settled")
    (tmp_path / "small.rules.toml").write_text(RULES, encoding="utf-8")
    done = run("definitions", "verify", file, "--draw", tmp_path / "drawn", "--json")
    (finding,) = json.loads(done.stdout)[0]["findings"]
    svg = etree.parse(finding["drawing"]).getroot()
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    badged = {
        node.get("data-element"): node.findtext("{*}text[@class='badge-text']")
        for node in svg.iter("{*}g")
        if node.get("data-element")
    }
    assert {name: badge for name, badge in badged.items() if badge} == {
        "first_review": "1",
        "revise": "2",
    }
    assert ".badge" in svg.findtext("{*}style")
    told = run("definitions", "verify", file, "--draw", tmp_path / "drawn").stderr
    assert finding["drawing"] in told


def test_a_proof_that_was_never_asked_for_cannot_be_carried_out(run: Run, house: Path) -> None:
    done = run("definitions", "prove", "7")
    assert done.exit_code == 1
    assert "没有第7号检验" in done.stderr
    assert "Traceback" not in done.output


def test_a_proof_is_kept_with_the_data(run: Run, house: Path, tmp_path: Path) -> None:
    file = small(tmp_path)
    (tmp_path / "small.rules.toml").write_text(RULES, encoding="utf-8")
    assert run("definitions", "verify", file, "--keep", tmp_path / "kept.json").exit_code == 0
    assert json.loads((tmp_path / "kept.json").read_text())[0]["rules"] == ["reviewed"]
    assert run("definitions", "deploy", file).exit_code == 0


STORIES = """
[words]
"通过" = "pass"
"退回" = "return"
"未改" = "unchanged"

[answers]

[[story]]
title = "退回后再办"
steps = ["报审 → first_review", "first_review：退回 → revise", "revise：未改 → first_review"]
"""


def test_the_shipped_stories_come_true(run: Run) -> None:
    done = run("definitions", "test", "--json")
    assert done.exit_code == 0, done.output
    results = json.loads(done.stdout)
    assert all(told["stories"] > 5 and not told["broken"] for told in results)
    assert sum(told["stories"] for told in results) > 100


def test_a_story_that_does_not_come_true_is_shown_with_what_happened(
    run: Run, tmp_path: Path
) -> None:
    file = small(tmp_path)
    stories = tmp_path / "small.stories.toml"
    stories.write_text(STORIES, encoding="utf-8")
    assert run("definitions", "test", file).exit_code == 0
    small(tmp_path, returned="settled")
    done = run("definitions", "test", file)
    assert done.exit_code == 1
    assert "“退回后再办”：revise：未改 → first_review；实际是：办结：published" in done.stderr


def test_stories_that_cannot_be_read_are_refused_in_a_sentence(run: Run, tmp_path: Path) -> None:
    file = small(tmp_path)
    stories = tmp_path / "small.stories.toml"
    assert "旁边没有 small.stories.toml" in run("definitions", "test", file).stderr
    for wrong, said in (
        (STORIES.replace("退回 →", "搁置 →"), "“搁置”不在 [words] 列出的词里"),
        (STORIES.replace("报审 → first_review", "报审"), "看不懂这一句"),
        (STORIES.replace("first_review：", "终审："), "叫“终审”的环节有 0 个"),
        ("[words\n", "读不了"),
    ):
        stories.write_text(wrong, encoding="utf-8")
        done = run("definitions", "test", file)
        assert done.exit_code == 1
        assert said in done.stderr
        assert "Traceback" not in done.output


def test_rules_that_cannot_be_read_are_told_with_their_line(run: Run, tmp_path: Path) -> None:
    file = small(tmp_path)
    (tmp_path / "small.rules.toml").write_text("[[rule]]\nid = 1\n", encoding="utf-8")
    done = run("definitions", "verify", file)
    assert done.exit_code == 1
    assert "small.rules.toml:1" in done.stderr
    assert "Traceback" not in done.output


def test_two_files_of_one_process_are_refused_together(
    run: Run, house: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    one = small(tmp_path)
    other = small(tmp_path / "other").rename(tmp_path / "other" / "second.bpmn")
    done = run("definitions", "deploy", one, other)
    assert done.exit_code == 1
    assert "small.bpmn 和 second.bpmn 是同一个流程“small”" in done.stderr
    assert len(json.loads(run("definitions", "list", "--json").stdout)) == len(bpmn_files.shipped())


def test_an_unknown_process_is_refused(run: Run, house: Path) -> None:
    assert run("definitions", "show", "nothing").exit_code == 1


def test_deploy_wants_a_file(run: Run, house: Path) -> None:
    assert run("definitions", "deploy").exit_code == 2
    assert run("definitions", "deploy", "missing.bpmn").exit_code == 2
