"""One of several workers that are measured together: prepares, waits for the signal, operates, tells when."""

from __future__ import annotations

import sys
import time
import uuid
from pathlib import Path

from engine.bench import chain
from engine.bench.contestants import Ours, SqliteFloor, UsualWay


def main(url: str, who: str, number: str, signal: str) -> None:
    made: dict[str, type[Ours] | type[UsualWay] | type[SqliteFloor]]
    made = {"ours": Ours, "usual": UsualWay, "floor": SqliteFloor}
    contestant = made[who](url, f"{who}-{uuid.uuid4()}")
    contestant.operate(2 * chain.STEPS)  # every step once seen, every statement prepared
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not Path(signal).exists():
        time.sleep(0.001)
    begun = time.monotonic()  # one machine: the workers' clocks agree
    contestant.operate(int(number))
    sys.stdout.write(f"{begun} {time.monotonic()}\n")
    contestant.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
