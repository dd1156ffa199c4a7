"""A process with every element that the delivered chain does not use, so that states with them are on record too."""

from __future__ import annotations

from tests.reference.deciding import table
from tests.reference.drawing import Drawing


def elements() -> bytes:
    """Several people, a sub-process that errs, event sub-processes, a race, a table, an inclusive choice."""
    drawing = Drawing("elements")
    drawing.start("submitted")
    drawing.xor("entry")
    drawing.user("sort", "plain heavy")
    drawing.par("fork")
    drawing.user("panel", "agree object", several=3, until="== 'object'")
    checks(drawing)
    drawing.par("join")
    drawing.chain("submitted", "entry", "sort", "fork", "panel", "join")
    drawing.chain("fork", "checks", "checked")
    drawing.caught("failed", "checks")
    drawing.service("note", "done")
    drawing.chain("failed", "note", "checked", "join", "race")
    drawing.race("race")
    drawing.catch("answered", "message")
    drawing.catch("late", "timer")
    drawing.xor("settled")
    drawing.chain("race", "answered", "settled")
    drawing.chain("race", "late", "settled", "level", "choice")
    choice(drawing)
    drawing.event_sub("off", "called_off", "signal", "", interrupting=True)
    drawing.user("close_down", "ok", "off")
    drawing.end("closed_down", "off")
    drawing.chain("called_off", "close_down", "closed_down", scope="off")
    return drawing.xml()


def checks(drawing: Drawing) -> None:
    """A check that may fail, with a reminder on its edge and something looked at beside it."""
    drawing.sub("checks")
    drawing.xor("checked")
    drawing.start("checks_begun", "checks")
    drawing.user("check", "pass fail", "checks", standing="pass")
    drawing.xor("passed", "checks")
    drawing.end("check_failed", "checks", "error")
    drawing.end("check_passed", "checks")
    drawing.chain("checks_begun", "check", "passed", scope="checks")
    drawing.flow("passed", "check_failed", "check == 'fail'", "checks")
    drawing.default("passed", drawing.flow("passed", "check_passed", scope="checks"), "checks")
    drawing.event_sub("beside", "asked", "message", "checks", interrupting=False)
    drawing.user("explain", "ok", "beside")
    drawing.end("explained", "beside")
    drawing.chain("asked", "explain", "explained", scope="beside")
    drawing.timer("reminder", "checks")
    drawing.service("remind", "done")
    drawing.end("reminded")
    drawing.chain("reminder", "remind", "reminded")


def choice(drawing: Drawing) -> None:
    """What a table says opens one branch or both; then it is out, or goes round again, or is dropped."""
    rows = [(['"heavy"', '"agree"'], "both"), (['"plain"', "-"], "one")]
    drawing.tables.append(table("levels", ["sort", "panel"], rows, policy="FIRST", default="one"))
    drawing.rule("level", "levels")
    drawing.inclusive("choice")
    drawing.user("law", "ok")
    drawing.user("money", "ok")
    drawing.inclusive("chosen")
    drawing.receive("verdict", "publish again drop")
    drawing.xor("decided")
    drawing.end("published")
    drawing.end("dropped", kind="terminate")
    drawing.default("choice", drawing.flow("choice", "law"))
    drawing.flow("choice", "money", "level == 'both'")
    drawing.flow("law", "chosen")
    drawing.chain("money", "chosen", "verdict", "decided")
    drawing.flow("decided", "entry", "verdict == 'again'")
    drawing.flow("decided", "dropped", "verdict == 'drop'")
    drawing.default("decided", drawing.flow("decided", "published"))
