"""From a paste to a submitted package, and back again after a return; reading, comparing, cancelling."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Callable
from dataclasses import fields as fields_of
from dataclasses import replace
from io import BytesIO

import sqlalchemy as sa
from werkzeug.test import TestResponse

from engine.database import SYSTEM
from engine.models import AuditEntry
from tests import factories
from tests.chain import Chain
from tests.webapp.conftest import OURS, Browser
from webapp.forms.packages import PackageForm
from workflows import content
from workflows.content import Content, Elements, Metadata, Plan, Points
from workflows.field_sources import SOURCES
from workflows.models import PackageVersion, ReadMark
from workflows.vocabulary import SIX_POINTS

AtDesk = Callable[[str], Browser]
TEXT = """清平县城市建设局
关于增设小区路灯的通知
清建发〔2026〕7号

各镇人民政府，县政府各部门：
为方便群众夜间出行，县政府决定在12个小区增设路灯360盏，请遵照执行。
施工期间请沿线单位让出作业面。

清平县城市建设局
2026年6月1日
（此件公开发布）
"""
_FIELD = re.compile(
    r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<(?:/textarea|/select|input|textarea|select|/form))",
    re.DOTALL,
)


def fields(page: str) -> dict[str, list[str]]:
    """What a browser would send back from the editor without touching it."""
    form = page.split('class="editor"')[1].split("</form>")[0] + "</form"
    found: dict[str, list[str]] = {}
    for tag, attributes, inside in _FIELD.findall(form):
        named = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
        name, kind = named.get("name"), named.get("type", "")
        if name is None or kind == "file":
            continue
        if kind in ("checkbox", "radio") and not re.search(r"\bchecked\b", attributes):
            continue
        if tag == "textarea":
            value = inside.removeprefix("\r\n").removeprefix("\n")
        elif tag == "select":
            chosen = re.search(r'<option selected value="([^"]*)"', inside)
            value = chosen[1] if chosen else ""
        else:
            value = named.get("value", "y" if kind == "checkbox" else "")
        found.setdefault(name, []).append(html.unescape(value))
    return found


def send(browser: Browser, path: str, do: str, **changes: object) -> TestResponse:
    """Open the editor, change some fields, press a button."""
    form: dict[str, object] = {**fields(browser.get(path).text), "do": do, **changes}
    return browser.client.post(path, data=form, headers=OURS, content_type="multipart/form-data")


def complete() -> dict[str, object]:
    """Everything the gates ask for, as fields of the editor."""
    facts, given = factories.METADATA, factories.INTERPRETATION
    return {
        **{
            name: getattr(facts, name) for name in ("title", "document_kind", "issuer", "attribute")
        },
        **{name: getattr(facts, name) for name in ("document_number", "scope", "period")},
        **{name: getattr(facts, name) for name in ("catalogue_item", "column", "info_class")},
        "dated_on": "2026-06-01",
        "topics": list(facts.topics),
        "channels": list(facts.channels),
        "affects_public": "y",
        **{name: getattr(given.elements, name) for name in ("background", "basis")},
        **{name: getattr(given.elements, name) for name in ("purpose", "measures")},
        **{name: getattr(given.points, name) for name in SIX_POINTS},
        "plan_outline": given.plan.outline,
        "plan_forms": list(given.plan.forms),
        "plan_channel": given.plan.channel,
        "plan_on": "2026-06-10",
        "plan_responsible": given.plan.responsible,
        "interpreter_kind": given.interpreter_kind,
        "interpreter": given.interpreter,
    }


def drafted(browser: Browser) -> str:
    """A draft made from the paste; the address of its editor."""
    answer = browser.post("/packages/new", body=TEXT)
    assert answer.status_code == 303, answer.text
    return str(answer.location).split("?")[0]


def stored(chain: Chain, path: str) -> Content:
    chain.package_id = int(path.split("/")[2])
    with chain.read() as work:
        return content.parse(factories.current(work, chain.package_id).content)


def test_a_paste_is_recognised_and_shown_for_confirmation(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    answer = browser.post("/packages/new", body=TEXT)
    page = browser.get(answer.location).text
    assert "从正文里识别到这些，请核对" in page
    for words in ("关于增设小区路灯的通知", "清建发〔2026〕7号", "2026年6月1日", "此件公开发布"):
        assert words in page
    given = fields(page)
    assert given["document_number"] == ["清建发〔2026〕7号"]
    assert given["dated_on"] == ["2026-06-01"]
    assert given["attribute"] == ["proactive"]


def test_an_uploaded_text_file_is_read(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    upload = (BytesIO(TEXT.encode("gb18030")), "通知.txt")
    answer = browser.post("/packages/new", document=upload)
    assert answer.status_code == 303
    assert "增设路灯360盏" in browser.get(answer.location).text


def test_an_untouched_editor_changes_nothing(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    before = stored(chain, path)
    assert send(browser, path, "save").status_code == 303
    assert stored(chain, path) == before
    with chain.read() as work:
        assert factories.current(work, chain.package_id).number == 1


def test_everything_typed_is_stored(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    answer = send(browser, path, "save", **complete())
    assert answer.status_code == 303
    assert "草稿已保存" in browser.get(answer.location).text
    saved = stored(chain, path)
    assert saved.interpretation == factories.INTERPRETATION
    assert saved.metadata.topics == factories.METADATA.topics
    assert saved.metadata.unit == "清平县城市建设局"
    assert "增设路灯360盏" in saved.body_html


def test_submitting_too_early_lists_everything_that_is_missing_and_keeps_the_text(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    answer = send(browser, path, "submit", title="关于路灯的通知")
    assert answer.status_code == 422
    for words in ("内容已经保存，但还不能流转", "要素完整性", "解读", "不通过"):
        assert words in answer.text
    assert stored(chain, path).metadata.title == "关于路灯的通知"
    assert fields(answer.text)["title"] == ["关于路灯的通知"]
    page = browser.get(path.removesuffix("/edit")).text
    assert "草稿" in page


def test_a_complete_package_is_submitted_and_says_where_it_is(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    answer = send(browser, path, "submit", **complete())
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.location).text
    assert "已送审。" in page
    assert "现在是公开属性审查" in page
    assert "现在在谁手上" in page
    assert "<svg" in page


def test_non_disclosure_asks_for_its_ground(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    answer = send(browser, path, "submit", **complete() | {"attribute": "not_disclosed"})
    assert answer.status_code == 422
    assert "法定情形" in answer.text
    assert 'name="grounds"' in answer.text


def test_a_wrong_date_keeps_everything_that_was_typed(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    answer = send(browser, path, "save", dated_on="二〇二六年", issuer="清平县人民政府")
    assert answer.status_code == 422
    assert "日期要写成" in answer.text
    given = fields(answer.text)
    assert given["dated_on"] == ["二〇二六年"]
    assert given["issuer"] == ["清平县人民政府"]
    assert stored(chain, path).metadata.issuer != "清平县人民政府"


def test_two_tabs_keep_both_texts_and_say_who_saved_when(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    mine = fields(browser.get(path).text)
    assert send(browser, path, "save", title="另一个窗口的标题").status_code == 303

    form = {**mine, "title": ["这个窗口的标题"], "do": "save"}
    answer = browser.client.post(path, data=form, headers=OURS)
    assert answer.status_code == 409
    assert "您编辑的时候，秦笔 在" in answer.text
    assert "保存了第 2 版" in answer.text
    assert fields(answer.text)["title"] == ["这个窗口的标题"]
    assert stored(chain, path).metadata.title == "另一个窗口的标题"

    again = {**fields(answer.text), "do": "save"}
    assert browser.client.post(path, data=again, headers=OURS).status_code == 303
    assert stored(chain, path).metadata.title == "这个窗口的标题"


def test_attachments_are_added_downloaded_and_removed(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    upload = (BytesIO("序号,小区\n1,北塔新村\n".encode()), "../../路灯清单.txt")
    assert send(browser, path, "save", new_attachments=upload).status_code == 303
    file = stored(chain, path).attachments[0]
    assert file.name == "路灯清单.txt"

    answer = browser.get(f"/packages/{chain.package_id}/attachments/{file.digest}")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "北塔新村" in answer.text
    with chain.uow(SYSTEM) as work:
        reads = sa.select(AuditEntry.subject).where(AuditEntry.action == "file.read")
        assert work.session.scalars(reads).all() == [f"package:{chain.package_id}"]

    assert send(browser, path, "save", remove_attachment=file.digest).status_code == 303
    assert stored(chain, path).attachments == ()


def test_materials_without_a_text_are_seen_by_whoever_decides(
    chain: Chain, at_desk: AtDesk
) -> None:
    material = content.Material("video", "一分钟看懂", "", "https://v.example/1")
    optional = factories.with_metadata(
        affects_public=False, interpretation_required=False, no_interpretation_reason="内容简单。"
    )
    chain.draft = replace(optional, interpretation=content.Interpretation(materials=(material,)))
    chain.submit()
    task_id = chain.task("attribute_review")
    for login, path in (("ogi", f"/tasks/{task_id}"), ("drafter", f"/packages/{chain.package_id}")):
        page = at_desk(login).get(path).text
        assert "没有文字解读。" in page
        assert 'href="https://v.example/1"' in page


def test_a_material_of_the_interpretation_is_added_and_removed(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    added = {"material_form": "video", "material_link": "https://www.example.com/v/1",
             "material_title": "一分钟看懂路灯怎么装"}  # fmt: skip
    assert send(browser, path, "save", **added).status_code == 303
    assert stored(chain, path).interpretation.materials[0].title == "一分钟看懂路灯怎么装"
    page = browser.get(path).text
    key = page.split('name="remove_material" value="')[1].split('"')[0]
    assert send(browser, path, "save", remove_material=html.unescape(key)).status_code == 303
    assert stored(chain, path).interpretation.materials == ()


def test_a_returned_package_is_revised_with_the_class_of_its_change(
    chain: Chain, at_desk: AtDesk
) -> None:
    chain.submit().until("second_review").decide("second_review", "return")
    path = f"/tasks/{chain.task('revise')}/revise"
    browser = at_desk("drafter")
    page = browser.get(path).text
    assert "退回的意见" in page
    assert "请核实后修改。" in page
    assert "事实性修改重报" in page
    body = fields(page)["body"][0].replace("360盏", "380盏")

    unclassed = send(browser, path, "resubmit", body=body)
    assert unclassed.status_code == 422
    assert "请先选择修改的性质" in unclassed.text
    assert "380盏" in unclassed.text

    too_low = send(browser, path, "resubmit", body=body, change_class="t1")
    assert too_low.status_code == 422
    assert "至少应为事实性修改" in too_low.text
    noted = re.sub(r"<[^>]*>", "", browser.get(path).text)
    assert "系统建议：事实性修改（T2）" in noted
    assert "数字：360、380" in noted

    answer = send(browser, path, "resubmit", change_class="t2", note="数量已核对。")
    assert answer.status_code == 303, answer.text
    assert chain.open() == ["delta_confirmation"]
    assert "已重报。" in browser.get(answer.location).text


def test_of_several_returns_the_drafter_reads_the_latest_first(
    chain: Chain, at_desk: AtDesk
) -> None:
    chain.submit()
    chain.decide("attribute_review", "return", opinion="先补依据。")
    chain.revise("unchanged")
    chain.until("second_review")
    chain.decide("second_review", "return", opinion="再核数字。")
    page = at_desk("drafter").get(f"/tasks/{chain.task('revise')}/revise").text
    assert page.index("再核数字。") < page.index("先补依据。")


def test_the_english_page_says_where_the_fault_is_and_when_it_was_submitted(
    chain: Chain, at_desk: AtDesk
) -> None:
    chain.submit().decide("attribute_review", "return", locations="第二段")
    browser = at_desk("drafter")
    browser.client.set_cookie("language", "en")
    page = browser.get(f"/packages/{chain.package_id}").text
    assert "Place: 第二段" in page
    assert " · Submitted <time" in page


def test_a_revision_can_be_kept_without_resubmitting(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("first_review").decide("first_review", "return")
    path = f"/tasks/{chain.task('revise')}/revise"
    answer = send(at_desk("drafter"), path, "keep", title="关于增设路灯的通知")
    assert answer.status_code == 303
    assert chain.open() == ["revise"]
    assert fields(at_desk("drafter").get(path).text)["title"] == ["关于增设路灯的通知"]


def test_a_compared_text_says_that_it_is_chinese(chain: Chain, at_desk: AtDesk) -> None:
    """A screen reader of an English page reads it with the right voice."""
    chain.submit().decide("attribute_review", "return")
    chain.revise("t2", lambda shown: factories.with_body("360盏", "380盏", shown))
    browser = at_desk("drafter")
    browser.client.set_cookie("language", "en")
    page = browser.get(f"/packages/{chain.package_id}/versions?a=1&b=2").text
    paragraph = page.split("<del>360</del>")[0].rsplit("<p", 1)[1]
    assert paragraph.startswith(' lang="zh-CN">')


def test_any_two_versions_are_compared(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit().until("first_review").decide("first_review", "return")
    chain.revise("t2", lambda shown: factories.with_body("360盏", "380盏", shown))
    browser = at_desk("drafter")
    inspector = at_desk("inspector")
    assert inspector.get(f"/packages/{chain.package_id}/versions?a=1&b=2").status_code == 200
    with chain.uow(SYSTEM) as work:
        seen = sa.select(PackageVersion.number).join(
            ReadMark, ReadMark.version_id == PackageVersion.id
        )
        mine = seen.where(ReadMark.person_id == chain.county.people["inspector"])
        assert sorted(work.session.scalars(mine)) == [1, 2]
    page = browser.get(f"/packages/{chain.package_id}/versions?a=1&b=2").text
    assert "<del>360</del>" in page
    assert "<ins>380</ins>" in page
    beside = browser.get(f"/packages/{chain.package_id}/versions?a=1&b=2&view=beside").text
    (row,) = re.findall(
        r"<tr lang=\"zh-CN\"><td>([^\n]*360[^\n]*)</td><td>([^\n]*380[^\n]*)</td></tr>", beside
    )
    assert ("<del>360</del>" in row[0], "<ins>" in row[0]) == (True, False)
    assert ("<ins>380</ins>" in row[1], "<del>" in row[1]) == (True, False)
    assert browser.get(f"/packages/{chain.package_id}/versions?a=1&b=9").status_code == 404
    assert browser.get(f"/packages/{chain.package_id}/versions?a=x").status_code == 404


def test_cancelling_asks_for_a_reason_and_ends_the_package(chain: Chain, at_desk: AtDesk) -> None:
    chain.submit()
    browser, path = at_desk("drafter"), f"/packages/{chain.package_id}"
    refused = browser.post(f"{path}/cancel", page=path, confirmed="yes")
    assert refused.status_code == 422
    assert "请写明撤销的理由。" in refused.text
    answer = browser.post(f"{path}/cancel", page=path, reason="已由上级统一发布。", confirmed="yes")
    assert answer.status_code == 303
    assert "已撤销" in browser.get(path).text
    assert chain.open() == []


def test_the_drafters_list_leads_to_draft_and_package(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    assert "您还没有发起稿件。" in browser.get("/packages/").text
    path = drafted(browser)
    page = browser.get("/packages/").text
    assert "继续编辑" in page
    assert path in page


def docx(*paragraphs: str) -> bytes:
    """A Word file with these paragraphs and nothing else."""
    kinds = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{html.escape(text)}</w:t></w:r></w:p>" for text in paragraphs)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kinds}"/></Types>',
        )
        packed.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r1" Target="word/document.xml" Type="http://schemas.openxmlformats'
            '.org/officeDocument/2006/relationships/officeDocument"/></Relationships>',
        )
        packed.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>',
        )
    return buffer.getvalue()


def test_an_uploaded_word_file_is_read_and_may_replace_the_text(
    chain: Chain, at_desk: AtDesk
) -> None:
    browser = at_desk("drafter")
    lines = [line for line in TEXT.splitlines() if line]
    upload = (BytesIO(docx(*lines)), "通知.docx")
    answer = browser.post("/packages/new", document=upload)
    assert answer.status_code == 303, answer.text
    path = str(answer.location).split("?")[0]
    assert stored(chain, path).metadata.document_number == "清建发〔2026〕7号"

    newer = [line.replace("360盏", "390盏") for line in lines]
    replaced = send(browser, path, "save", document=(BytesIO(docx(*newer)), "通知（新）.docx"))
    assert replaced.status_code == 303, replaced.text
    assert "390盏" in stored(chain, path).body_html


def test_urging_and_remarks_on_the_page_of_an_item(
    chain: Chain, at_desk: Callable[[str], Browser]
) -> None:
    chain.submit().until("first_review")
    task_id = chain.task("first_review")
    here = f"/packages/{chain.package_id}"
    nudge = f"{here}/nudge/{task_id}"
    assert f'action="{nudge}"' in at_desk("drafter").get(here).text
    assert at_desk("drafter").post(nudge, page=here).status_code == 303
    assert f'action="{nudge}"' not in at_desk("drafter").get(here).text
    again = at_desk("drafter").post(nudge, page=here)
    assert again.status_code == 422
    assert "小时内已催办过" in again.text
    said = at_desk("first").post(f"{here}/comment", page=here, text="合计数<b>请核对</b>")
    assert said.status_code == 303
    page = at_desk("drafter").get(here).text
    assert "合计数&lt;b&gt;请核对" in page
    forged = at_desk("sysadmin").post(f"{here}/comment", page="/account/password", text="x")
    assert forged.status_code == 404


def test_a_page_that_shows_its_upload_is_told_where_to_go(chain: Chain, at_desk: AtDesk) -> None:
    browser = at_desk("drafter")
    path = drafted(browser)
    form = {**fields(browser.get(path).text), "do": "save"}
    told = {**OURS, "X-Upload": "progress"}
    for _press in range(2):  # pressed again after the answer was lost, it is answered the same
        answer = browser.client.post(
            path, data=form, headers=told, content_type="multipart/form-data"
        )
        assert (answer.status_code, answer.json) == (200, {"location": path})


def test_every_field_of_the_editor_says_which_rule_asks_for_it(
    chain: Chain, at_desk: AtDesk
) -> None:
    page = at_desk("drafter").get(drafted(at_desk("drafter"))).text
    assert "依据：《政府信息公开条例》第十二、二十六条" in page
    assert "依据：国办发〔2016〕80号" in page
    form = PackageForm
    asked = {
        *(field.name for kind in (Metadata, Elements, Points) for field in fields_of(kind)),
        *(f"plan_{field.name}" for field in fields_of(Plan) if field.name != "outline"),
        *("plan_outline", "by_unit", "interpreter_kind", "interpreter"),
    } - {"unit", "drafter", "disclosure_due", "catalogue_name", "catalogue_edition"}
    assert sorted(asked - set(SOURCES)) == []
    bare = {name for name in asked if not getattr(form, name).kwargs.get("description")}
    assert sorted(bare) == [
        "attribute",
        "interpretation_required",
        "plan_forms",
    ]  # said beside them
    unknown = [name for name in SOURCES if f'name="{name}"' not in page]
    assert unknown == []
