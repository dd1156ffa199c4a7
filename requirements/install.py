"""Makes `.venv` and installs one lock file into it, with a count of what is done.

Runs on the bare interpreter that `make` found, so it uses the standard library only and must still
parse on old versions of Python 3: otherwise the sentence about the version could not be said.
"""

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")  # fmt: skip
LEAST = (3, 11)
ENVIRONMENT = 3  # the exit code for "this machine lacks something", as in docs/cli.md


def main(lock_name: str) -> None:
    """Bring `.venv` up to date with `requirements/<lock_name>.lock`; quick when it already is."""
    check_machine()
    make_environment()
    lock = os.path.join(ROOT, "requirements", lock_name + ".lock")
    once("lock-" + lock_name, [lock], lambda: install_lock(lock))
    once("project", project_sources(), install_project)


def check_machine() -> None:
    """Each thing that may be missing has one sentence that says so, and what to do."""
    if sys.version_info < LEAST:
        have = ".".join(str(part) for part in sys.version_info[:3])
        refuse(
            f"需要 Python 3.11 或更高版本，现在是 {have}（{sys.executable}）。请安装后再试，或者：make PYTHON=python3.11 …",
            f"Python 3.11 or newer is needed; this is {have} ({sys.executable}). Install one, or say: make PYTHON=python3.11 …",
        )  # fmt: skip
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        refuse(
            "这个 Python 没有 venv 模块。Debian、Ubuntu 上请先运行：apt install python3-venv",
            "This Python has no venv module. On Debian or Ubuntu first run: apt install python3-venv",
        )
    if not os.access(ROOT, os.W_OK):
        refuse(
            f"不能写入文件夹 {ROOT}，没有地方安装。请换一个可写的文件夹，或者改权限。",
            f"The folder {ROOT} cannot be written to. Use another folder or change its rights.",
        )


def make_environment() -> None:
    """A new `.venv`; also when the old one points to an interpreter that is gone."""
    if os.path.exists(PYTHON):
        probe = [PYTHON, "-c", f"import pip, sys; sys.exit(sys.version_info < {LEAST!r})"]
        if subprocess.call(probe, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            return
    say("建立 Python 环境 / making the Python environment: .venv")
    made = subprocess.Popen(
        [sys.executable, "-m", "venv", "--clear", VENV],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = made.communicate()[0].decode("utf-8", "replace")
    if made.returncode:
        sys.stderr.write(output)
        refuse("没能建立 .venv，原因见上。", "The environment .venv could not be made; see above.")


def install_lock(lock: str) -> None:
    """Every package of the lock, checked against its hash, counted while it comes."""
    with open(lock, encoding="utf-8") as text:
        total = len(re.findall(r"^[A-Za-z0-9][^\s=]*==", text.read(), re.MULTILINE))
    say(f"安装 {total} 个锁定的依赖 / installing {total} locked packages")
    pip(["--require-hashes", "-r", lock], total)


def install_project() -> None:
    """The project itself, editable: what runs is what stands in this folder."""
    say("安装本项目 / installing the project")
    pip(["--no-deps", "--no-build-isolation", "-e", ROOT], 0)


def pip(arguments: list, total: int) -> None:
    """Run pip and show one line per package, or one moving line on a terminal."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT)
    seen = 0
    lines: list = []
    for raw in process.stdout:
        line = raw.decode("utf-8", "replace").rstrip()
        lines.append(line)
        found = re.match(r"(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)", line)
        if found and total:
            seen += 1
            progress(f"[{min(seen, total)}/{total}] {found.group(1)}")
        elif line.startswith("Installing collected packages"):
            progress("写入 .venv / writing to .venv …")
    progress("")
    if process.wait():
        sys.stderr.write("\n".join(lines[-15:]) + "\n")
        refuse(
            "没能装好依赖，原因见上。多半是连不上软件源：请检查网络，或者 pip 的镜像设置（pip config list）。",
            "The packages could not be installed; see above. Most often the package index cannot be reached: check the network or pip's mirror (pip config list).",
        )


def once(name: str, sources: list, work: Callable) -> None:
    """Do `work` unless the stamp in `.venv` says that it was done for these very sources, in this place."""
    digest = hashlib.sha256(VENV.encode("utf-8"))
    for source in sources:
        with open(source, "rb") as content:
            digest.update(content.read())
    stamp = os.path.join(VENV, ".sanshen-" + name)
    if os.path.exists(stamp):
        with open(stamp) as text:
            if text.read() == digest.hexdigest():
                return
    work()
    with open(stamp, "w") as text:
        text.write(digest.hexdigest())


def project_sources() -> list:
    """What the installed project depends on beside its Python files: metadata and translations."""
    sources = [os.path.join(ROOT, name) for name in ("pyproject.toml", "hatch_build.py")]
    for folder, _folders, files in sorted(os.walk(os.path.join(ROOT, "webapp", "translations"))):
        sources += [os.path.join(folder, name) for name in sorted(files) if name.endswith(".po")]
    return sources


def progress(text: str) -> None:
    """One moving line on a terminal, plain lines elsewhere; an empty text ends the moving line."""
    if sys.stdout.isatty():
        sys.stdout.write("\r\x1b[K" + ("  " + text if text else ""))
        sys.stdout.flush()
    elif text:
        say("  " + text)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def refuse(chinese: str, english: str) -> None:
    """The sentence in both languages, and out."""
    sys.stderr.write("\n" + chinese + "\n" + english + "\n")
    sys.exit(ENVIRONMENT)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "runtime")
