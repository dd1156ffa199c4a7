"""What single lines of an official document say: number, date, organs, disclosure mark, page furniture.

Every function folds full width to half width first, so both kinds of punctuation read the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

_ORGAN = re.compile(
    r"[\u4e00-\u9fff（）()·]{2,40}?(?:人民政府|政府|办公室|委员会|管委会|办事处|[局厅部院会处所署办司队站馆]"
    r"|中心|公司|镇|法院|检察院|集团)"
)
_NUMBER = re.compile(
    r"(?:(?:发文字号|文号|字号)[:：]?\s*)?"
    r"(?P<organ>[\u4e00-\u9fff]{2,20}?)\s*[〔\[(【<]\s*(?P<year>(?:19|20)\d{2})\s*[〕\])】>]\s*"
    r"第?\s*0*(?P<serial>\d{1,5})\s*号(?:\s*签发人.*)?"
)
_ORDER_NUMBER = re.compile(r"第\s*0*(\d{1,5})\s*号")
DIGIT_DATE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_DASHED_DATE = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})")
_HAN_DATE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日"
)
_DISCLOSURE = re.compile(
    r"[(]?\s*此\s*件\s*(公开发布|主动公开|依申请公开|不予公开|不公开|公开)\s*[)]?"
)
_DISCLOSURE_OPTION = re.compile(
    r"(?:信息)?公开(?:属性|选项|形式|方式|类别)\s*:\s*(主动公开|依申请公开|不予公开)"
)
_ATTRIBUTE_OF = {
    "公开发布": "proactive",
    "主动公开": "proactive",
    "公开": "proactive",
    "依申请公开": "on_request",
    "不予公开": "not_disclosed",
    "不公开": "not_disclosed",
}

#: Buttons and counters of a web page. A heading of a document never looks like one of these.
_BUTTON = re.compile(
    r"(?:字号|字体|字体大小)\s*:?\s*(?:[\s\[\]【】|/大中小]|默认|超大)*"
    r"|[\[【]?\s*大\s*[|/]?\s*中\s*[|/]?\s*小\s*[\]】]?"
    r"|[【\[]?(?:打印|打印本页|打印文章|关闭|关闭窗口|关闭本页|收藏|下载|返回顶部)[】\]]?"
    r"(?:\s*[|【\[]*(?:打印|关闭|收藏|下载|关闭窗口)[】\]]?)*"
    r"|(?:浏览次数|浏览量|阅读次数|访问次数|访问量|点击数|点击量|点击率|分享到|分享|当前位置|您的位置"
    r"|您现在的位置|您当前所在的位置|当前所在位置)\s*:?.*"
    r"|首页\s*[>»/].*|扫一扫.*"
)
_CREDIT = re.compile(
    r"(?:信息来源|文章来源|来源|发布时间|发布日期|发稿时间|更新时间|时间|日期|作者|编辑|责任编辑|审核|浏览次数"
    r"|浏览量|阅读|阅读次数|点击数|点击量|访问量|字号|字体)\s*:"
)

#: Rows of the table that government sites put above a document, and the field each stands for.
_LABELS = {
    "标题": "title",
    "名称": "title",
    "信息名称": "title",
    "文件名称": "title",
    "发文字号": "number",
    "文号": "number",
    "文件编号": "number",
    "发文机关": "issuer",
    "发文机构": "issuer",
    "发文单位": "issuer",
    "发布机构": "issuer",
    "发布机关": "issuer",
    "制发机关": "issuer",
    "制定机关": "issuer",
    "成文日期": "dated_on",
    "生成日期": "dated_on",
    "发文日期": "dated_on",
    "印发日期": "dated_on",
    **dict.fromkeys(
        (
            *(
                "索引号",
                "信息索引号",
                "索引",
                "主题分类",
                "信息分类",
                "组配分类",
                "体裁分类",
                "主题词",
            ),
            *("关键词", "内容概述", "信息所属单位", "发布日期", "发布时间", "公开日期", "公开时间"),
            *(
                "有效性",
                "效力状态",
                "时效性",
                "是否有效",
                "失效日期",
                "废止日期",
                "实施日期",
                "生效日期",
            ),
            *(
                "统一编号",
                "登记号",
                "规范性文件编号",
                "三统一编号",
                "公开方式",
                "公开范围",
                "公开目录",
            ),
            *("服务对象", "公民分类", "行业分类", "所属主题", "来源", "文件类型"),
        ),
        "",
    ),
}


def folded(line: str) -> str:
    """Full-width letters, digits and brackets as half-width ones, edges trimmed."""
    return unicodedata.normalize("NFKC", line).strip()


def is_site_line(line: str) -> bool:
    """Whether this line belongs to the web page a text was copied from, not to the document."""
    plain = folded(line)
    return bool(plain) and (
        _BUTTON.fullmatch(plain) is not None
        or (_CREDIT.match(plain) is not None and len(_CREDIT.findall(plain)) > 1)
    )


def labels(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """What the site's table says of the document, and the lines that are not part of it.

    A value stands after its label, or on the line below when a table was copied cell by cell.
    """
    found: dict[str, str] = {}
    rest: list[str] = []
    waiting: str | None = None  # the field whose value comes next
    for line in lines:
        cells = [cell for cell in re.split(r"\t+", line) if cell.strip()]
        if waiting == "" and _begins_document(line):
            waiting = None  # a row that was left empty, and then the document itself
        if waiting is None and (not cells or _labelled(cells[0]) is None):
            rest.append(line)
            continue
        for cell in cells:
            pair = _labelled(cell)
            if pair is not None:
                waiting, value = pair
            else:
                value = cell.strip()
            if value and waiting is not None:
                found.setdefault(waiting, value)
                waiting = None
    return found, rest


def _begins_document(line: str) -> bool:
    return "关于" in line or is_organ(line.strip().removesuffix("文件"))


def _labelled(cell: str) -> tuple[str, str] | None:
    label, colon, value = folded(cell).partition(":")
    name = re.sub(r"[\s\[\]【】]", "", label)
    if not colon or name not in _LABELS:
        return None
    return _LABELS[name], value.strip()


def number(line: str) -> str | None:
    """The document number if the line is nothing else, written as GB/T 9704 asks."""
    found = _NUMBER.fullmatch(folded(line))
    if found is None:
        return None
    # six-cornered brackets, no leading zero, no 第
    return f"{found['organ']}〔{found['year']}〕{int(found['serial'])}号"


def order_number(line: str) -> str | None:
    """`第12号` of an order (令) or announcement."""
    found = _ORDER_NUMBER.fullmatch(folded(line))
    return f"第{int(found[1])}号" if found else None


def day(line: str) -> date | None:
    """The date if the line is nothing but a date, in digits or in Han numerals, bracketed or not."""
    bare = folded(line).strip("() ")
    if found := DIGIT_DATE.fullmatch(bare):
        return date_of(found)
    if dashed := _DASHED_DATE.fullmatch(bare):
        return _safe_date(int(dashed[1]), int(dashed[3]), int(dashed[4]))
    if han := _HAN_DATE.fullmatch(re.sub(r"\s", "", bare)):
        year = int("".join(str("〇一二三四五六七八九".index(_zero(digit))) for digit in han[1]))
        return _safe_date(year, _han_number(han[2]), _han_number(han[3]))
    return None


def date_of(found: re.Match[str]) -> date | None:
    """The date of a match of DIGIT_DATE; None for a day that does not exist."""
    return _safe_date(*(int(part) for part in found.groups()))


def _zero(digit: str) -> str:
    return "〇" if digit in "○零" else digit


def _han_number(text: str) -> int:
    digits = "〇一二三四五六七八九"
    tens, ten, ones = text.partition("十")
    if not ten:
        return digits.index(text) if len(text) == 1 else 0
    return (digits.index(tens) if tens else 1) * 10 + (digits.index(ones) if ones else 0)


def _safe_date(year: int, month: int, day_of_month: int) -> date | None:
    try:
        return date(year, month, day_of_month)
    except ValueError:
        return None


def organs(line: str) -> list[str]:
    """The organs a signature line names; empty if the line is anything else."""
    parts = [part for part in re.split(r"[\s\u3000、，,]+", line.strip()) if part]
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        parts = ["".join(parts)]  # letters spaced out for looks
    return parts if parts and all(is_organ(part) for part in parts) else []


def is_organ(text: str) -> bool:
    """Whether this reads as the name of an organ and as nothing more."""
    return len(text) >= 4 and "关于" not in text and _ORGAN.fullmatch(text) is not None


def disclosure(line: str) -> tuple[str, str] | None:
    """The line's disclosure mark and its attribute: a line of its own, or bracketed at a line's end."""
    plain = folded(line)
    found = _DISCLOSURE.search(plain) or _DISCLOSURE_OPTION.fullmatch(plain)
    if found is None:
        return None
    mark = found[0].strip()
    bracketed = mark.startswith("(") and plain.endswith(mark) and len(plain) <= 60
    if mark != plain and not bracketed:
        return None
    shown = mark.replace("(", "（").replace(")", "）").replace(":", "：")
    return re.sub(r"\s", "", shown), _ATTRIBUTE_OF[found[1]]
