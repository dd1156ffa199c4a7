"""`make bench`: the benchmark on both databases, with a throw-away PostgreSQL that is as durable as a real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import postgres


def main(*arguments: str) -> int:
    for loose in ("fsync", "synchronous_commit", "full_page_writes"):
        postgres.SETTINGS.pop(
            loose
        )  # a benchmark of acts that could be lost would be worth nothing
    sanshen = Path(sys.executable).with_name("sanshen")
    with postgres.running() as server:
        environment = {
            **os.environ,
            "PATH": postgres.programs(),
            "SANSHEN_BENCH_POSTGRES": server.url("postgres"),
        }
        return subprocess.run(
            [sanshen, "bench", *arguments], env=environment, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
