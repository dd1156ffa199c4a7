"""A waitress server that answers in a thread of this process, and ends without a race."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress import wasyncore


@contextmanager
def answering(server: Any) -> Iterator[None]:
    """Answer until the block ends.

    `server.close()` out of another thread takes away the sockets on which the loop is about to wait, and now
    and then the loop dies of it: a bad file descriptor. So the thread that waits on them closes them.
    """
    ending = threading.Event()

    def run() -> None:
        while not ending.is_set():
            wasyncore.loop(timeout=0.1, map=server._map, count=1)
        server.task_dispatcher.shutdown()
        wasyncore.close_all(server._map)

    thread = threading.Thread(target=run, name="answering", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join(timeout=10)
        assert not thread.is_alive(), "the server did not end"
