"""`requirements/install.py`: what a machine may lack is one sentence in both languages, and an exit code."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "requirements" / "install.py"


@pytest.fixture
def install() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install_environment", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refused(install: ModuleType, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        install.check_machine()
    assert stopped.value.code == 3
    return capsys.readouterr().err


def test_an_old_python_is_named_with_what_to_do(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    told = refused(install, capsys)
    assert "需要 Python 3.11" in told
    assert "3.9.2" in told
    assert "Python 3.11 or newer is needed" in told


def test_a_missing_venv_module_names_the_package(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec

    def without(name: str, *rest: Any) -> Any:
        return None if name == "ensurepip" else found(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    told = refused(install, capsys)
    assert told.count("apt install python3-venv") == 2


def test_a_folder_that_cannot_be_written_is_named(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    told = refused(install, capsys)
    assert "不能写入文件夹" in told
    assert "cannot be written to" in told


def test_this_machine_will_do(install: ModuleType) -> None:
    install.check_machine()


def test_what_was_done_is_not_done_again_until_its_sources_change(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "VENV", str(tmp_path))
    source, done = tmp_path / "a.lock", []
    source.write_text("one")
    for text in ("one", "one", "two"):
        source.write_text(text)
        install.once("lock-a", [str(source)], lambda: done.append(source.read_text()))
    assert done == ["one", "two"]


def test_a_step_that_failed_is_tried_again(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "VENV", str(tmp_path))

    def fail() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        install.once("lock-b", [], fail)
    assert not list(tmp_path.glob(".sanshen-*"))


def test_the_script_can_be_parsed_by_pythons_that_are_too_old() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))
