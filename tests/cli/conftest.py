"""Commands are called in this process, with an environment that says nothing of Sanshen unless a test does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp.cli.main import main

PASSWORDS = {
    "SANSHEN_SYS_ADMIN_PASSWORD": "correct horse 1",
    "SANSHEN_SEC_ADMIN_PASSWORD": "battery staple 2",
    "SANSHEN_AUDIT_ADMIN_PASSWORD": "paper clip box 3",
}
THREE = (
    "--sys-admin", "xitong:钱守正",
    "--sec-admin", "anquan:孙明理",
    "--audit-admin", "shenji:李知行",
)  # fmt: skip

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`run("people", "list")` in an empty folder. Keyword arguments are environment variables."""
    for name in list(os.environ):
        if name.startswith("SANSHEN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path, typed: str = "", **environment: str) -> Result:
        return CliRunner().invoke(
            main, [str(one) for one in arguments], input=typed, env={"LANG": "C", **environment}
        )

    return call


@pytest.fixture
def house(run: Run, tmp_path: Path) -> Path:
    """A production house in `tmp_path/var`."""
    done = run("init", "--organ", "某某县人民政府", *THREE, **PASSWORDS)
    assert done.exit_code == 0, done.output
    return tmp_path / "var"


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, loaded once."""
    home = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patched:
        for name in list(os.environ):
            if name.startswith("SANSHEN_"):
                patched.delenv(name)
        done = CliRunner().invoke(main, ["demo", "--home", str(home), "--prepare-only"])
    assert done.exit_code == 0, done.output
    return home


@pytest.fixture
def demo_home(demo_template: Path, tmp_path: Path) -> Path:
    """A copy of the loaded demo that the test may change."""
    home = tmp_path / "demo"
    shutil.copytree(demo_template, home)
    return home
