"""Reading uploads and pastes: what is refused, what is cleaned, what is recognised."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import docx
import pytest
from PIL import ExifTags, Image

from workflows import files
from workflows.errors import FileRefused
from workflows.intake import Recognised, hidden, markup, read_document, read_text
from workflows.intake.recognise import disclosure_attributes, recognise
from workflows.intake.sniff import MAX_BYTES, MEDIA_TYPES, sniff

NOTICE = """清平县人民政府办公室
关于印发清平县小区路灯建设
实施方案的通知
清政办发〔2026〕12号

各镇人民政府，县政府各部门：
《清平县小区路灯建设实施方案》已经县政府同意，现印发给你们，请遵照国家有关规定（国办发〔2019〕5号）执行。


清平县人民政府办公室
          2026年5月20日
（此件公开发布）

清平县小区路灯建设实施方案
一、目标
年底前装完。
附件：1.点位表
"""

#: The same as a web page gives it: its own title above, its buttons, half-width punctuation.
COPIED = (
    "清平县人民政府办公室关于印发清平县小区路灯建设实施方案的通知\n字号:\n大 中 小\n\n打印\n\n"
    + NOTICE.replace("，", ",").replace("：", ":").replace("（", "(").replace("）", ")")
)

#: With the red heading, the number above the title, a broken title and a telephone line.
HEADED = """清平县人民政府办公室文件
清政办发[2026]012号

清平县人民政府办公室
关于印发清平县小区路灯建设

实施方案的通知
各镇（街道）：
现印发给你们。
清平县人民政府办公室
二〇二六年五月二十日
（联系电话：县府办，0000000）
（此件依申请公开）
"""

TITLE = "清平县人民政府办公室关于印发清平县小区路灯建设实施方案的通知"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("text", [NOTICE, COPIED], ids=["full width", "copied from a page"])
def test_notice_is_recognised_in_every_encoding(text: str, encoding: str) -> None:
    received = read_document("通知.txt", text.encode(encoding))
    assert received.kind == "txt"
    assert received.recognised == Recognised(
        title=TITLE,
        document_kind="通知",
        number="清政办发〔2026〕12号",
        issuer="清平县人民政府办公室",
        dated_on=date(2026, 5, 20),
        disclosure_line="（此件公开发布）",
        attribute="proactive",
    )
    assert received.warnings == ()


def test_number_in_ascii_brackets_date_in_han_and_the_line_above_the_title() -> None:
    found = read_text(HEADED).recognised
    assert found.title == TITLE
    assert found.number == "清政办发〔2026〕12号"
    assert found.issuer == "清平县人民政府办公室"
    assert found.dated_on == date(2026, 5, 20)
    assert (found.disclosure_line, found.attribute) == ("（此件依申请公开）", "on_request")


def test_lines_of_the_web_page_do_not_become_text() -> None:
    paragraphs = markup.paragraphs(read_text(COPIED).body_html)
    assert paragraphs[:3] == NOTICE.split("\n")[:3]
    assert not {"字号:", "大 中 小", "打印"} & set(paragraphs)


FROM_A_SITE = """索引号：	11370000004000000X/2026-00012	主题分类：	城乡建设
发文机关：	清平县人民政府办公室	成文日期：	2026-05-20
标　　题：	清平县人民政府办公室关于印发清平县小区路灯建设实施方案的通知
发文字号：	清政办发〔2026〕12号
有效性：	有效
来源：清平县政府网  发布时间：2026-05-22 16:20  浏览次数：123  字体：[大 中 小]
"""

EMPTY_ROW = """索引号：
发文机关：清平县人民政府办公室
主题词：
"""

CELL_BY_CELL = """标　　题：
清平县人民政府办公室关于印发清平县小区路灯建设实施方案的通知
发文字号：
清政办发〔2026〕12号
发布机构：
清平县人民政府办公室
成文日期：
2026年05月20日
"""


def test_empty_row_of_the_table_does_not_swallow_the_document() -> None:
    assert read_text(EMPTY_ROW + NOTICE).body_html == read_text(NOTICE).body_html


@pytest.mark.parametrize("table", [FROM_A_SITE, CELL_BY_CELL], ids=["rows", "cell by cell"])
def test_table_of_a_government_site_helps_and_is_not_kept(table: str) -> None:
    body = "各镇人民政府：\n现印发给你们，请遵照执行。\n"
    received = read_text(table + body)
    assert received.recognised == Recognised(
        title=TITLE,
        document_kind="通知",
        number="清政办发〔2026〕12号",
        issuer="清平县人民政府办公室",
        dated_on=date(2026, 5, 20),
    )
    assert received.text == body.strip()
    assert read_text(table + NOTICE).recognised == read_text(NOTICE).recognised
    assert read_text(table + NOTICE).body_html == read_text(NOTICE).body_html


@pytest.mark.parametrize(
    ("text", "title", "number", "issuer"),
    [
        (
            "清平县水务局\n清平县财政局\n关于下达今年管护资金的通知\n清水发〔2026〕3号\n各镇：\n请查收。\n",
            "清平县水务局 清平县财政局关于下达今年管护资金的通知",
            "清水发〔2026〕3号",
            None,
        ),
        (
            "清平县人民政府令\n第12号\n《清平县养犬管理办法》已经通过，现予公布。\n县长 某某\n2026年6月1日\n",
            "清平县人民政府令",
            "第12号",
            "清平县人民政府",
        ),
        (
            "清平县水务局通告\n为保障供水，现将有关事项通告如下：\n一、关于停水时间\n下周停水。\n"
            "清平县水务局\n2026-06-01\n",
            "清平县水务局通告",
            None,
            "清平县水务局",
        ),
        (
            "清平县自然资源和规划局\n关于启用新印章的公告\n自即日起启用。\n",
            "清平县自然资源和规划局关于启用新印章的公告",
            None,
            "清平县自然资源和规划局",
        ),
    ],
    ids=["joint", "order", "announcement", "planning bureau"],
)
def test_other_kinds_of_documents(
    text: str, title: str, number: str | None, issuer: str | None
) -> None:
    found = read_text(text).recognised
    assert (found.title, found.number, found.issuer) == (title, number, issuer)


def test_document_without_a_number_has_none_though_it_cites_one() -> None:
    text = NOTICE.replace("清政办发〔2026〕12号\n", "")
    assert read_text(text).recognised.number is None


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("关于做好汛期值守的通知", "关于做好汛期值守的通知"),
        ("关于做好\n汛期\n值守的通知", "关于做好汛期值守的通知"),
        ("清平县水务局关于公布\n2026年河长名单的公告", "清平县水务局关于公布2026年河长名单的公告"),
        ("关于印发《清平县防汛预案》\n的通知", "关于印发《清平县防汛预案》的通知"),
        ("清平县政务公开工作要点", "清平县政务公开工作要点"),
        ("清平县人民政府文件\n清平县烟花爆竹管理办法（试行）", "清平县烟花爆竹管理办法（试行）"),
        ("关于对《清平县城区停车管理办法》\n公开征求意见的通告", "关于对《清平县城区停车管理办法》公开征求意见的通告"),
        ("清平县人民政府关于同意设立\n河东社区的批复", "清平县人民政府关于同意设立河东社区的批复"),
        ("今天天气很好。\n没有标题。", None),
    ],
)  # fmt: skip
def test_titles_over_several_lines(head: str, title: str | None) -> None:
    assert recognise(f"{head}\n各有关单位：\n请照此办理。\n").title == title


def test_page_headed_with_number_and_title_in_one_line() -> None:
    text = (
        "云政发〔2026〕9号《云岚县人民政府关于加强农村供水管护的意见》\n\n"
        "云岚县人民政府关于加强农村供水管护的意见\n云政发〔2026〕9号\n\n"
        "各镇人民政府：\n为了保障供水，提出以下意见。\n"
    )
    found = recognise(text)
    assert found.title == "云岚县人民政府关于加强农村供水管护的意见"
    assert found.number == "云政发〔2026〕9号"


def test_file_that_begins_with_its_number_is_named_by_what_it_issues() -> None:
    text = (
        "云政办发〔2026〕7号\n各镇人民政府：\n"
        "《2026年农村供水工作要点》已经县政府同意，现印发给你们。\n"
        "云岚县人民政府办公室\n2026年3月2日\n（此件公开发布）\n2026年农村供水工作要点\n"
    )
    found = recognise(text)
    assert found.title == "2026年农村供水工作要点"
    assert found.issuer == "云岚县人民政府办公室"


def test_rules_of_an_organ_name_their_issuer() -> None:
    found = recognise(
        "云岚县人民政府工作规则\n\n发文日期：\n2026年04月06日 16:40\n\n"
        "云岚县人民政府工作规则\n\n第一章　总则\n\n一、制定本规则。\n"
    )
    assert found.dated_on == date(2026, 4, 6)
    assert found.issuer == "云岚县人民政府"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("清政发〔2026〕7号", "清政发〔2026〕7号"),
        ("清政发[2026]07号", "清政发〔2026〕7号"),
        ("清政发（2026）7号", "清政发〔2026〕7号"),
        ("清政发【2026】第7号", "清政发〔2026〕7号"),
        ("清政发﹝２０２６﹞７号", "清政发〔2026〕7号"),
        ("清政办字〔2026〕 118 号    签发人：某某", "清政办字〔2026〕118号"),
        ("发文字号：清政发〔2026〕7号", "清政发〔2026〕7号"),
        ("根据清政发〔2025〕3号精神", None),
        ("〔2026〕7号", None),
    ],
)
def test_document_numbers(line: str, number: str | None) -> None:
    assert recognise(f"关于值守的通知\n{line}\n各单位：\n").number == number


@pytest.mark.parametrize(
    ("tail", "issuer", "on"),
    [
        ("清平县水务局\n2026年6月1日", "清平县水务局", date(2026, 6, 1)),
        ("清平县水务局    2026 年 6 月 1 日", "清平县水务局", date(2026, 6, 1)),
        ("清平县水务局\n２０２６年６月１日", "清平县水务局", date(2026, 6, 1)),
        ("清平县水务局  清平县财政局\n2026年6月1日", "清平县水务局、清平县财政局", date(2026, 6, 1)),
        ("清平县水务局\n清平县财政局\n二○二六年十二月三十一日", "清平县水务局、清平县财政局", date(2026, 12, 31)),
        ("清 平 县 水 务 局\n2026年6月1日（此件公开发布）", "清平县水务局", date(2026, 6, 1)),
        ("2026年2月30日", None, None),
        ("联系人：某某", None, None),
    ],
)  # fmt: skip
def test_signature_and_date(tail: str, issuer: str | None, on: date | None) -> None:
    found = recognise(f"关于值守的通知\n各单位：\n请在2026年7月1日前上报。\n{tail}\n")
    assert (found.issuer, found.dated_on) == (issuer, on)


@pytest.mark.parametrize(
    ("line", "attributes"),
    [
        ("（此件公开发布）", ["proactive"]),
        ("(此件主动公开)", ["proactive"]),
        ("此件依申请公开", ["on_request"]),
        ("（此件不予公开）", ["not_disclosed"]),
        ("（ 此件 不公开 ）", ["not_disclosed"]),
        ("2026年6月1日（此件公开发布）", ["proactive"]),
        ("公开属性：依申请公开", ["on_request"]),
        ("请在文末注明此件公开发布等字样", []),
        ("（此件公开发布）\n（此件不公开）", ["proactive", "not_disclosed"]),
    ],
)
def test_disclosure_lines(line: str, attributes: list[str]) -> None:
    assert disclosure_attributes(line) == attributes


# --- what is refused ---


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "/"), data)
    return out.getvalue()


WORD = b"<w:document xmlns:w='x'><w:body/></w:document>"
BOMB = archive(**{"word/document.xml": b"0" * 150_000_000})
HIGH_RATIO = archive(**{"word/document.xml": b"0" * 20_000_000})
MANY = archive(**{f"part{n}": b"x" for n in range(2500)})
MACROS = archive(**{"word/document.xml": WORD, "word/vbaProject.bin": b"x"})


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("空.txt", b"", "是空的"),
        ("白.txt", b"  \n \n", "没有可读的正文"),
        ("大.txt", b"a" * (MAX_BYTES + 1), "超过 20 MB"),
        ("长.txt", ("字" * 600_000).encode(), "超过 500,000 字"),
        ("炸弹.docx", BOMB, "解压后过大"),
        ("炸弹.docx", HIGH_RATIO, "解压后过大"),
        ("很多.docx", MANY, "内含文件过多"),
        ("宏.docx", MACROS, "带有宏"),
        ("宏.docm", MACROS, "带有宏"),
        ("程序.docx", b"MZ\x90\x00\x03" + b"\0" * 64, "可执行程序"),
        ("程序.txt", b"\x7fELF\x02" + b"\0" * 64, "可执行程序"),
        ("脚本.txt", b"#!/bin/sh\nrm -rf /\n", "脚本程序"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64, "旧版 Office"),
        ("包.zip", archive(a=b"x"), "压缩包"),
        ("假.docx", b"%PDF-1.7 ...", "扩展名与内容不符"),
        ("假.pdf", NOTICE.encode(), "扩展名与内容不符"),
        ("表.xlsx", archive(**{"xl/workbook.xml": b"<x/>"}), "不能作为正文读入"),
        ("图.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "不能作为正文读入"),
        ("残.docx", b"PK\x03\x04" + b"\0" * 100, "已损坏"),
        ("坏.docx", archive(**{"word/document.xml": b"<not xml"}), "已损坏"),
        ("残.pdf", b"%PDF-1.7 nothing more", "已损坏"),
        ("噪.bin", bytes(range(256)) * 8, "无法识别"),
        ("乱码.txt", b"\xff\xfd\xfc\x80 abc", "不是可读的文本"),
    ],
)  # fmt: skip
def test_unfit_file_is_refused_in_a_sentence(name: str, data: bytes, word: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        read_document(name, data)
    (reason,) = refusal.value.reasons
    assert word in reason.zh
    assert reason.en


@pytest.mark.parametrize(
    "name",
    [
        *(
            "a.hta",
            "a.jse",
            "a.scr",
            "a.url",
            "a.svg",
            "a.html",
            "a.htm",
            "a.xhtml",
            "a.js",
            "a.lnk",
        ),
        *("a.txt.hta", "a.", "a", "", ".txt.bat"),
    ],
)
def test_a_name_that_is_opened_as_something_else_is_refused(name: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        sniff(name, NOTICE.encode())
    assert refusal.value.reasons[0].code == "wrong_type"


@pytest.mark.parametrize(
    ("name", "media_type", "leaves_as"),
    [
        ("清单.txt", MEDIA_TYPES["txt"], "清单.txt"),
        ("清单.csv", MEDIA_TYPES["txt"], "清单.csv"),
        ("片.hta", MEDIA_TYPES["txt"], "片.hta.txt"),
        ("一图读懂", MEDIA_TYPES["png"], "一图读懂.png"),
        ("图.pdf", MEDIA_TYPES["jpg"], "图.pdf.jpg"),
        ("旧", "application/x", "旧.bin"),
    ],
)
def test_a_file_leaves_under_a_name_that_tells_what_it_is(
    name: str, media_type: str, leaves_as: str
) -> None:
    assert files.download_name(name, media_type) == leaves_as


def test_nul_is_left_out_of_text_files() -> None:
    assert "\x00" not in read_document("a.txt", "甲\x00乙".encode("utf-16")).text


@pytest.mark.parametrize("text", ["", " \n\t\n", "字" * 600_000])
def test_unfit_paste_is_refused(text: str) -> None:
    with pytest.raises(FileRefused):
        read_text(text)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.docx", archive(**{"word/document.xml": WORD}), "docx"),
        ("a.xlsx", archive(**{"xl/workbook.xml": b"x"}), "xlsx"),
        ("a.ofd", archive(**{"OFD.xml": b"x"}), "ofd"),
        ("a.PDF", b"%PDF-1.4", "pdf"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "jpg"),
        ("a.TXT", "中文".encode("gb18030"), "txt"),
        ("a.csv", "甲,乙".encode(), "txt"),
    ],
)
def test_kind_is_read_from_the_bytes(name: str, data: bytes, kind: str) -> None:
    assert sniff(name, data) == kind


# --- Word ---


def word_file(*, comment: bool = False) -> bytes:
    document = docx.Document()
    document.core_properties.author = ""
    document.add_heading("清平县小区路灯建设实施方案", 1)
    for line in NOTICE.splitlines():
        document.add_paragraph(line)
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "小区", "盏数"
    if comment:
        run = document.add_paragraph("这一句有批注。").runs
        document.add_comment(run, text="内部意见", author="某人")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word_file_keeps_headings_and_tables() -> None:
    received = read_document("方案.docx", word_file())
    assert received.kind == "docx"
    assert "<h1>清平县小区路灯建设实施方案</h1>" in received.body_html
    assert "<td><p>小区</p></td>" in received.body_html
    assert received.recognised.number == "清政办发〔2026〕12号"
    assert received.recognised.dated_on == date(2026, 5, 20)
    assert received.recognised.disclosure_line == "（此件公开发布）"
    assert received.warnings == ()


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename == "word/document.xml":
                assert old in content
                content = content.replace(old, new, 1)
            target.writestr(item, content)
    return out.getvalue()


def test_comments_and_tracked_changes_are_told_and_left_out() -> None:
    received = read_document("方案.docx", word_file(comment=True))
    assert [warning.code for warning in received.warnings] == ["comment"]
    assert "某人：内部意见" in received.warnings[0].zh
    assert "内部意见" not in received.body_html
    mark = b'w:id="9" w:author="x" w:date="2026-01-01T00:00:00Z">'
    tracked = changed(
        word_file(),
        "年底前装完。".encode(),
        "年底前</w:t></w:r><w:ins ".encode()
        + mark
        + "<w:r><w:t>全部</w:t></w:r></w:ins><w:del ".encode()
        + mark
        + "<w:r><w:delText>大部</w:delText></w:r></w:del><w:r><w:t>装完。".encode(),
    )
    received = read_document("方案.docx", tracked)
    assert [warning.code for warning in received.warnings] == [
        "inserted",
        "deleted",
    ]
    assert "年底前全部装完。" in received.text
    assert "删除的文字：“x：大部”；没有读入" in received.warnings[1].zh


def test_hidden_text_is_told_and_left_out() -> None:
    secret = changed(
        word_file(),
        "年底前装完。".encode(),
        "年底前装完。</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>内定由某公司承建".encode(),
    )
    received = read_document("方案.docx", secret)
    assert "内定由某公司承建" not in received.text
    assert [warning.code for warning in received.warnings] == ["hidden_text"]
    assert "内定由某公司承建" in received.warnings[0].zh
    shown = changed(
        word_file(),
        "年底前装完。".encode(),
        '年底前装完。</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>照常显示'.encode(),
    )
    assert "照常显示" in read_document("方案.docx", shown).text


def test_pictures_and_footnotes_come_along() -> None:
    document = docx.Document(io.BytesIO(word_file()))
    document.add_picture(io.BytesIO(photo(position=True)))
    out = io.BytesIO()
    document.save(out)
    received = read_document("方案.docx", out.getvalue())
    (picture,) = received.pictures
    assert list(markup.images(received.body_html)) == [picture.digest]
    assert hidden.inspect("image/jpeg", picture.data) == ()
    assert [warning.code for warning in received.warnings] == ["position"]


def test_the_author_of_the_file_is_told_before_it_travels() -> None:
    document = docx.Document(io.BytesIO(word_file()))
    document.core_properties.author = "某处室张某"
    out = io.BytesIO()
    document.save(out)
    (warning,) = read_document("方案.docx", out.getvalue()).warnings
    assert warning.zh == "原文件中有文件属性中的作者：“某处室张某”；没有读入。"


def test_footnotes_keep_their_marks() -> None:
    note = (
        '<p>正文<sup><a href="#footnote-1" id="footnote-ref-1">[1]</a></sup></p>'
        '<ol><li id="footnote-1"><p>注释 <a href="#footnote-ref-1">↑</a></p></li></ol>'
    )
    kept = markup.clean(note)
    assert 'id="footnote-1"' in kept
    assert 'href="#footnote-ref-1"' in kept
    assert "id=" not in markup.clean('<li id="seal">x</li>')


def photo(*, position: bool = False) -> bytes:
    """A small JPEG, with the place where it was taken or without."""
    picture, exif = Image.new("RGB", (8, 8), "red"), Image.Exif()
    if position:
        exif[ExifTags.Base.Make] = "Camera"
        exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (36.0, 8.0, 0.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


# --- markup ---


@pytest.mark.parametrize(
    "nasty",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        '<p style="position:fixed">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        "<iframe src='//x'></iframe>",
        "<svg onload=alert(1)>",
        "<form><input name=csrf></form>",
        "<!-- internal -->",
    ],
)
def test_only_plain_document_markup_survives(nasty: str) -> None:
    kept = markup.clean(f"<p>甲</p>{nasty}<p>乙</p>")
    for word in (
        "script",
        "onerror",
        "onload",
        "style",
        "iframe",
        "svg",
        "input",
        "internal",
        "<img",
    ):
        assert word not in kept
    assert markup.paragraphs(kept)[0] == "甲"


def test_cleaning_twice_changes_nothing() -> None:
    once = markup.clean(read_document("方案.docx", word_file()).body_html)
    assert markup.clean(once) == once


def test_plain_text_cannot_smuggle_markup() -> None:
    received = read_text("关于<b>值守</b>的通知\n<script>alert(1)</script>")
    assert "<script" not in received.body_html
    assert "<script>alert(1)</script>" in received.text
