"""What is asked of every page that a journey comes by: it works, it has a name, it speaks one language.

Text written by officials stays as it was written: each journey says what that is, phrase by phrase,
so that a word of the interface that was left in Chinese is found even if it also occurs in a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Response

#: Words, and the signs that go with them.
_CHINESE = re.compile(r"[\u4e00-\u9fff：（）、；，。！？]")
#: The switch to Chinese, for those who cannot read the page; and what is written where there is no number.
_ALWAYS = ("中文", "“无”")
#: The number of a 退文通知 is one in an official register.
_NOTICE = re.compile(r"退〔\d{4}〕\d+号")
_FRAME = """() => [
  document.title, document.querySelectorAll("h1").length, document.documentElement.lang,
]"""
#: Every text of the page and every attribute that is read out or shown, but for what is marked as Chinese.
_TEXTS = """() => {
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const foreign = node => node.closest('[lang|="zh"]') || node.closest("script, style, textarea");
  while (walker.nextNode()) {
    if (!foreign(walker.currentNode.parentElement)) found.push(walker.currentNode.data);
  }
  for (const name of ["aria-label", "title", "alt", "placeholder", "data-label"]) {
    for (const one of document.body.querySelectorAll(`[${name}]`)) {
      if (!foreign(one)) found.push(one.getAttribute(name));
    }
  }
  return found.filter(text => /[\\u4e00-\\u9fff：（）、；，。！？]/.test(text));
}"""


@dataclass
class Watch:
    """Looks at every page of one person; what is wrong is told with the place where it was seen."""

    page: Page
    language: str
    written: set[str]
    faults: list[str] = field(default_factory=list)
    refusing: bool = False

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self._fault(f"script error: {error}"))
        self.page.on("console", self._console)
        self.page.on("response", self._response)

    def _fault(self, what: str) -> None:
        self.faults.append(f"{self.page.url}: {what}")

    def _console(self, message: ConsoleMessage) -> None:
        refused = self.refusing and "Failed to load resource" in message.text
        if message.type == "error" and not refused:
            self._fault(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and not self.refusing):
            self._fault(f"{response.url} answered {response.status}")

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """What is pressed in here is refused, as it should be."""
        self.refusing = True
        yield
        self.refusing = False

    def look(self) -> None:
        """Called whenever somebody has come to a page."""
        self.page.wait_for_load_state()
        name, headings, lang = self.page.evaluate(_FRAME)
        if not name.strip(" ·"):
            self._fault("the page has no title")
        if headings != 1:
            self._fault(f"the page has {headings} main headings")
        if lang != ("en" if self.language == "en" else "zh-CN"):
            self._fault(f"the page is in another language than was chosen: {lang}")
        if self.language == "en":
            for text in self._left_in_chinese():
                self._fault(f"left in Chinese: {text}")
        assert not self.faults, "\n".join(self.faults)

    def _left_in_chinese(self) -> list[str]:
        known = sorted({*self.written, *_ALWAYS}, key=len, reverse=True)
        left = []
        for text in self.page.evaluate(_TEXTS):
            rest = _NOTICE.sub("", text)
            for phrase in known:
                rest = rest.replace(phrase, "")
            if _CHINESE.search(rest):
                left.append(" ".join(text.split()))
        return left
