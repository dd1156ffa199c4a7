"""Process definitions on the command line: checked without a database, deployed all or none."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
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
    (file,) = bpmn_files.shipped()
    assert json.loads(run("definitions", "deploy", file, "--json").stdout)[0]["version"] == 1


def test_a_changed_file_becomes_the_next_version(run: Run, house: Path, tmp_path: Path) -> None:
    (file,) = bpmn_files.shipped()
    changed = tmp_path / "publishing.bpmn"
    changed.write_bytes(file.read_bytes() + b"<!-- second -->\n")
    assert json.loads(run("definitions", "deploy", changed, "--json").stdout)[0]["version"] == 2
    shown = json.loads(run("definitions", "show", "publishing", "--json").stdout)
    assert shown["version"] == 2
    assert {"element", "name", "who", "outcomes", "due_in"} == set(shown["tasks"][0])


def test_one_broken_file_keeps_all_out(run: Run, house: Path, tmp_path: Path) -> None:
    (file,) = bpmn_files.shipped()
    changed = tmp_path / "publishing.bpmn"
    changed.write_bytes(file.read_bytes() + b"<!-- second -->\n")
    (tmp_path / "broken.bpmn").write_text(BROKEN)
    done = run("definitions", "deploy", changed, tmp_path / "broken.bpmn")
    assert done.exit_code == 1
    assert len(json.loads(run("definitions", "list", "--json").stdout)) == 1


def test_an_unknown_process_is_refused(run: Run, house: Path) -> None:
    assert run("definitions", "show", "nothing").exit_code == 1


def test_deploy_wants_a_file(run: Run, house: Path) -> None:
    assert run("definitions", "deploy").exit_code == 2
    assert run("definitions", "deploy", "missing.bpmn").exit_code == 2
