"""The county's catalogue: what it discloses, by when, in which column. Written for the demo."""

from __future__ import annotations

from workflows.catalogue import Entry
from workflows.time_limits import Limit

_FORMED = Limit("formed", 20)
_LAW = "《中华人民共和国政府信息公开条例》第二十条"


def _entry(
    code: str,
    category: str,
    name: str,
    content: str,
    column: str,
    limit: Limit = _FORMED,
    *,
    responsible: str = "各承办科室",
    basis: str = _LAW,
    statutory: bool = True,
) -> Entry:
    return Entry(
        code=code,
        category=category,
        name=name,
        content=content,
        column=column,
        limit=limit,
        responsible=responsible,
        basis=basis,
        statutory=statutory,
    )


MATTERS = (
    _entry("YL-1-01", "政策文件", "县政府行政规范性文件", "标题、文号、成文日期、施行日期、有效性和全文，同步公开解读材料", "行政规范性文件", responsible="县政府办公室"),
    _entry("YL-1-02", "政策文件", "政务服务", "办事大厅服务时间、服务范围和办理方式的调整", "县政府办公室文件", responsible="县政府办公室"),
    _entry("YL-1-03", "政策文件", "惠农补助政策", "补助对象、标准、申报条件和时间", "惠农补贴", responsible="县农业农村局"),
    _entry("YL-2-01", "民生领域", "义务教育课后服务", "服务时间、内容、收费标准和监督电话", "教育领域", responsible="县教育和体育局"),
    _entry("YL-2-02", "民生领域", "就业创业服务", "招聘活动、技能培训、就业补助的安排", "就业领域", responsible="县人力资源和社会保障局"),
    _entry("YL-2-03", "民生领域", "公用事业", "供水、供热、供气的价格、服务标准和停供通知", "公告公示", responsible="县住房和城乡建设局"),
    _entry("YL-2-04", "民生领域", "城镇老旧小区改造", "年度改造计划、改造内容和出资办法", "城乡建设", responsible="县住房和城乡建设局"),
    _entry("YL-3-01", "监督管理", "监督检查结果", "检查对象、检查内容、检查结论和处理情况", "公告公示", Limit("determined", 20), responsible="各执法科室"),
    _entry("YL-3-02", "监督管理", "行政处罚决定", "处罚对象、事由、依据、结果和作出日期", "行政执法公示", Limit("decided", 7), responsible="各执法科室"),
    _entry("YL-4-01", "应急管理", "突发事件应对", "事件情况、处置进展和注意事项", "应急管理", responsible="县政府办公室"),
    _entry("YL-4-02", "应急管理", "公告公示", "交通管理、活动安排等需要群众知晓的事项", "镇（街道）信息", responsible="各镇", statutory=False),
)  # fmt: skip

#: Those that come round by the calendar, with the key of the unit that owes them.
RECURRING = (
    (_entry("YL-5-01", "重点工作进展", "保障性住房建设进度", "年度任务、已开工和已竣工套数", "城乡建设", Limit("monthly", 10), responsible="县住房和城乡建设局"), "housing"),
    (_entry("YL-5-02", "重点工作进展", "民生实事进展", "每项实事的责任单位、完成情况和下一步安排", "县政府办公室文件", Limit("quarterly", 15), responsible="县政府办公室"), "office"),
)  # fmt: skip
