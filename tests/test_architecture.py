"""What the team agreed, executable: layers, doors, the clock, sizes, documents, and what must not be tracked."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("engine", "workflows", "webapp")

#: The doors: whatever else commits has taken a decision that is not its own.
DOORS = {
    "engine/sweeping.py",  # one unit of work per due item
    "engine/outbox.py",  # marks what was delivered outside
    "engine/bench/contestants.py",  # measures whole acts, in a database of its own
    "engine/bench/measures.py",
}
#: `freezing` is the half of `stepping` that turns the library's tree into our text and back.
SPIFF_FILES = {
    "engine/bpmn_rules.py",
    "engine/stepping.py",
    "engine/freezing.py",
    "engine/bpmn_behaviour.py",
    "engine/definitions.py",
    "engine/bench/contestants.py",  # the library used the usual way, to compare with
}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode:
        pytest.skip("2026-11-22: not a git checkout, so there is no list of tracked files")
    return [one for one in listed.stdout.split("\0") if one and (ROOT / one).is_file()]


def texts() -> list[tuple[str, str]]:
    """Every tracked text file with its content; pictures and other binaries are left out."""
    found = []
    for one in tracked():
        try:
            found.append((one, (ROOT / one).read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def imported(path: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return modules


def test_nothing_is_imported_upwards() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_views_and_forms_know_neither_rows_nor_engine() -> None:
    allowed = {"engine.errors", "engine.text"}
    wrong = {
        name(path): sorted(bad)
        for path in sources("webapp/views", "webapp/forms")
        if (
            bad := {
                module
                for module in imported(path)
                if module.split(".")[0] in ("sqlalchemy", "engine")
                and not any(module == one or module.startswith(f"{one}.") for one in allowed)
            }
            - {"engine"}
        )
    }
    assert not wrong


def test_only_the_doors_commit() -> None:
    below = {
        name(path)
        for path in sources("engine", "workflows")
        if re.search(r"\.commit\(", path.read_text(encoding="utf-8"))
    }
    # the unit of work itself hands the call on; migrations run inside Alembic's transaction
    assert below - {"engine/database.py"} <= DOORS


def test_nothing_is_deployed_past_the_proof() -> None:
    calling = re.compile(r"\b(definitions|deployed)\.deploy\(")
    found = {
        name(path) for path in sources(*OURS) if calling.search(path.read_text(encoding="utf-8"))
    }
    # the benchmark deploys its own chain into a database of its own
    assert found == {"workflows/deploying.py", "engine/bench/chain.py"}


def test_only_one_module_reads_the_wall_clock() -> None:
    reading = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time\(|func\.now\(")
    found = {
        name(path)
        for path in sources(*OURS)
        if reading.search(path.read_text(encoding="utf-8")) and name(path) != "engine/clock.py"
    }
    assert not found


def test_spiffworkflow_stays_in_its_files() -> None:
    users = {
        name(path)
        for path in sources(*OURS)
        if any(module.split(".")[0] == "SpiffWorkflow" for module in imported(path))
    }
    assert users <= SPIFF_FILES


@pytest.mark.parametrize("folder", OURS)
def test_no_file_is_longer_than_400_lines(folder: str) -> None:
    long = {
        name(path): lines
        for path in sources(folder)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_no_function_is_longer_than_50_lines() -> None:
    long = {}
    for path in sources(*OURS):
        if "/versions/" in name(path):
            continue  # a migration is read from top to bottom, once
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                docstring = len((ast.get_docstring(node, clean=False) or "").splitlines())
                if node.end_lineno - node.lineno + 1 - docstring > 50:
                    long[f"{name(path)}:{node.name}"] = node.end_lineno - node.lineno + 1
    assert not long


def test_every_module_opens_with_what_it_is_for() -> None:
    silent = [
        name(path)
        for path in sources(*OURS)
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        and "/versions/" not in name(path)
    ]
    assert not silent


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"(#|//|/\*|<!--).*\b(TODO|FIXME|XXX|HACK)\b")
    left = [
        one
        for one, text in texts()
        if one.endswith((".py", ".html", ".js", ".css", ".bpmn", ".sh"))
        and one != name(Path(__file__))
        and marks.search(text)
    ]
    assert not left


#: Folders of one machine, and hosts that packages come from; written so that this file has neither.
MACHINE = re.compile(r"/(?:work|root|home/[a-z]+|Users/[A-Za-z]+)/[A-Za-z.]")
HOSTS = re.compile(
    r"(?i)\b(pypi\.org|pythonhosted\.org|registry\.npmjs|npmmirror|mirrors?\.[a-z]+\.)"
)


def test_no_tracked_file_names_a_machine_or_a_package_host() -> None:
    own = name(Path(__file__))
    found = {
        one: match.group(0)
        for one, text in texts()
        if one != own and (match := MACHINE.search(text) or HOSTS.search(text))
    }
    assert not found


def test_locks_hold_hashes_and_no_address() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock.name
        assert "--index-url" not in text, lock.name
        pinned = re.findall(r"^[A-Za-z0-9].*==", text, re.MULTILINE)
        hashed = re.findall(r"^[A-Za-z0-9].*==.*\\\n    --hash=", text, re.MULTILINE)
        assert pinned, lock.name
        assert len(pinned) == len(hashed), lock.name
