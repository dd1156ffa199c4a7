"""A wheel carries everything: built here, installed elsewhere, and run from an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import hatch_build
from tests import shipped

ROOT = Path(__file__).parents[1]
TREE = ("workflows", "engine", "webapp", "bpmn")
NEEDED = ("pyproject.toml", "config.py", "hatch_build.py", "README.md", "LICENSE", "THIRD-PARTY-NOTICES.md")  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that neither the checkout nor its installed state is touched."""
    source = tmp_path_factory.mktemp("source")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *TREE, *NEEDED],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    names = [one for one in listing.stdout.split("\0") if one and (ROOT / one).is_file()]
    if listing.returncode or not names:
        names = [
            path.relative_to(ROOT).as_posix()
            for folder in TREE
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        ] + list(NEEDED)
    for name in names:
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the installed wheel; the libraries come from the test environment."""
    folder = tmp_path_factory.mktemp("installed")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--no-index", "--no-compile", "--target", folder, wheel],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def sanshen(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command of the installed wheel. `-P` keeps the checkout out; the path puts the wheel first."""
    program = "import sys; from webapp.cli.main import main; main(prog_name='sanshen')"
    env = {name: value for name, value in os.environ.items() if not name.startswith("SANSHEN_")}
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        cwd=cwd,
        env={**env, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_wheel_carries_every_file_that_is_not_python_too(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for folder in TREE
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".html", ".css", ".js", ".svg", ".bpmn", ".toml", ".po", ".txt", ".xml"}
    }
    assert {one.rsplit(".", 1)[1] for one in wanted} >= {"html", "css", "js", "bpmn", "toml", "po"}
    assert not wanted - inside
    assert "webapp/translations/en/LC_MESSAGES/messages.mo" in inside
    assert "config.py" in inside
    assert any(name.startswith("engine/migrations/versions/") for name in inside)
    assert any(name.startswith("workflows/migrations/versions/") for name in inside)


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {one for one in tops if not one.endswith(".dist-info")} == {*TREE, "config.py"}


def test_the_wheel_has_its_licence_and_its_command(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    names = archive.namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/THIRD-PARTY-NOTICES.md") for name in names)
    points = next(name for name in names if name.endswith("entry_points.txt"))
    assert "sanshen = webapp.cli.main:main" in archive.read(points).decode()


def test_an_installed_wheel_runs_from_its_own_folder(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", "import config, webapp; print(config.__file__, webapp.__file__)"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)}, capture_output=True, text=True,
    )  # fmt: skip
    for one in done.stdout.split():
        assert Path(one).is_relative_to(installed), "the checkout was imported, not the wheel"


def test_an_installed_wheel_checks_its_definitions(installed: Path, tmp_path: Path) -> None:
    done = sanshen(installed, tmp_path, "definitions", "check", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {one["key"] for one in told} == set(shipped.KEYS)
    assert all(Path(one["file"]).is_relative_to(installed) for one in told)


def test_an_installed_wheel_migrates_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    done = sanshen(installed, tmp_path, "migrate", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["applied"]
    assert (tmp_path / "var" / "sanshen.db").exists()


@pytest.mark.slow
def test_an_installed_wheel_loads_the_demo(installed: Path, tmp_path: Path) -> None:
    done = sanshen(installed, tmp_path, "demo", "--prepare-only")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "var" / "demo" / "sanshen.db").exists()


@pytest.mark.slow
def test_an_installed_wheel_walks_a_document_through_the_chain(
    installed: Path, tmp_path: Path
) -> None:
    examples = ROOT / "docs" / "examples"
    for file in examples.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    done = sanshen(
        installed, tmp_path, "walkthrough", "notice.txt", "--interpretation", "interpretation.txt", "--json"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["approved"] == told["released"]


def test_the_build_compiles_the_catalogue_it_finds(tmp_path: Path) -> None:
    catalogue = tmp_path / "messages.po"
    catalogue.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "通过"\nmsgstr "Pass"\n\n#, fuzzy\nmsgid "退回"\nmsgstr "Retrun"\n',
        encoding="utf-8",
    )
    compiled = hatch_build.compile_catalogue(catalogue).read_bytes()
    assert b"Pass" in compiled
    assert b"Retrun" not in compiled
