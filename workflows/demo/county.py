"""The county as data: units, people with their roles, and what each role can try first."""

from __future__ import annotations

from dataclasses import dataclass

from engine.text import Sentence

#: Known to everybody, which is why the demo never runs beside production settings.
PASSWORD = "yunlan-demo-2026"  # noqa: S105 — printed by `sanshen demo`, valid nowhere else


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A unit to be created. `key` and `parent` are words of this page, `code` begins its index numbers."""

    key: str
    code: str
    name: str
    kind: str
    parent: str | None = "county"
    separation: str = "default"
    #: Its own document that lets reviews and proofreadings take turns.
    takes_turns: str = ""


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person to be created; `roles` are held at `at`, which is where their tasks come from."""

    login: str
    name: str
    post: str
    unit: str
    roles: tuple[str, ...]
    at: str


UNITS = (
    UnitPlan("county", "YL00", "云岚县人民政府", "government", None),
    UnitPlan("office", "YL01", "云岚县人民政府办公室", "office"),
    UnitPlan("agriculture", "YL02", "云岚县农业农村局", "department"),
    UnitPlan(
        "labour",
        "YL03",
        "云岚县人力资源和社会保障局",
        "department",
        takes_turns="《云岚县人力资源和社会保障局信息发布审校办法》",
    ),
    UnitPlan("housing", "YL04", "云岚县住房和城乡建设局", "department"),
    UnitPlan("education", "YL05", "云岚县教育和体育局", "department"),
    UnitPlan("qingshidu", "YL11", "云岚县青石渡镇人民政府", "town"),
    UnitPlan("lishuping", "YL12", "云岚县梨树坪镇人民政府", "town", separation="small_office"),
)


def _person(login: str, name: str, post: str, unit: str, role: str, at: str = "") -> PersonPlan:
    return PersonPlan(login, name, post, unit, (role,), at or unit)


#: domain:C3: three people do everything for a small town; whoever reviews at a level proofreads at it.
_TOWN = tuple(
    PersonPlan(login, name, post, "lishuping", roles, "lishuping")
    for login, name, post, roles in (
        ("town1", "纪春生", "党政办公室科员", ("drafter", "first_reviewer", "first_proofreader", "publisher")),
        ("town2", "蓝秋池", "党政办公室主任", ("confidentiality_reviewer", "second_reviewer", "second_proofreader")),
        ("town3", "雷明远", "镇长", ("final_reviewer", "third_proofreader")),
    )
)  # fmt: skip

#: The first holder of each role is the one in the log-in table. Roles at `county` serve every unit
#: that has nobody of its own; domain:C7 keeps the stages of one item in different hands.
PEOPLE = (
    _person("drafter", "林晓禾", "农田建设科科员", "agriculture", "drafter"),
    _person("drafter2", "秦望舒", "就业促进科科员", "labour", "drafter"),
    _person("drafter3", "鲁一川", "城市建设科科员", "housing", "drafter"),
    _person("drafter4", "童若华", "基础教育科科员", "education", "drafter"),
    _person("drafter5", "石敬亭", "党政办公室科员", "qingshidu", "drafter"),
    _person("drafter6", "叶知秋", "综合科科员", "office", "drafter"),
    _person("unit_head", "郭启明", "农田建设科科长", "agriculture", "unit_head"),
    _person("unit_head2", "尹汉章", "就业促进科科长", "labour", "unit_head"),
    _person("ogi_officer", "周砚秋", "政务公开科科长", "office", "ogi_officer", "county"),
    _person("ogi_officer2", "韩立诚", "政务公开科科员", "office", "ogi_officer", "county"),
    _person(
        "confidentiality", "沈知白", "保密审查员", "office", "confidentiality_reviewer", "county"
    ),
    _person(
        "confidentiality2", "丁慎之", "保密审查员", "office", "confidentiality_reviewer", "county"
    ),
    _person("legal", "陆正平", "合法性审核科科长", "office", "legal_reviewer", "county"),
    _person("first_reviewer", "许文清", "责任编辑", "office", "first_reviewer", "county"),
    _person("first_reviewer2", "姜又宁", "办公室文秘", "education", "first_reviewer"),
    _person("second_reviewer", "何振远", "办公室副主任", "office", "second_reviewer", "county"),
    _person("second_reviewer2", "邵怀谷", "办公室主任", "labour", "second_reviewer"),
    _person("final_reviewer", "顾长风", "副县长", "county", "final_reviewer"),
    _person("principal", "江伯年", "县长", "county", "principal"),
    _person("first_proofreader", "白小楼", "校对员", "office", "first_proofreader", "county"),
    _person("second_proofreader", "方既明", "校对员", "office", "second_proofreader", "county"),
    _person("third_proofreader", "苏问渠", "校对员", "office", "third_proofreader", "county"),
    _person("reader", "梁时雨", "通读员", "office", "reader", "county"),
    _person("publisher", "程千帆", "网站管理员", "office", "publisher", "county"),
    _person("inspector", "孟鉴衡", "督查室主任", "office", "inspector", "county"),
    _person("sys_admin", "贺连城", "系统管理员", "office", "sys_admin", "county"),
    _person("sec_admin", "费守拙", "安全管理员", "office", "sec_admin", "county"),
    _person("audit_admin", "祁观复", "审计管理员", "office", "audit_admin", "county"),
    *_TOWN,
)

#: What to do first after logging in, by role.
TRY = {
    "drafter": Sentence(
        "打开草稿《茶园绿色防控补助》送审，看一次列出的缺项；看应急通知和转载件各走什么流程",
        "Submit the draft on tea gardens and see all that is missing at once; see the ways of the emergency and the repost",
    ),
    "unit_head": Sentence("查看本科室稿件走到哪里", "See where your section's items stand"),
    "ogi_officer": Sentence(
        "认领“征求第三方意见”（培训机构年检公告）", "Claim the third-party opinion (training check)"
    ),
    "confidentiality_reviewer": Sentence(
        "办理“报请确定”（培训机构年检公告）", "Settle the referral (training check)"
    ),
    "legal_reviewer": Sentence(
        "查看已办的合法性审核（高标准农田管护办法）", "See the legality review that you gave (farmland)"
    ),
    "first_reviewer": Sentence(
        "退回或通过冬季就业服务通知", "Return or pass the notice on winter employment"
    ),
    "second_reviewer": Sentence(
        "查看延时服务通知的两轮复审", "See the two rounds of second review (extended hours)"
    ),
    "final_reviewer": Sentence(
        "办理供热公告的“签发确认”，看签发后改了哪两处；恢复待用的灯会通告", "Confirm the heating notice: two changes; resume the festival notice that is on hold"
    ),
    "principal": Sentence(
        "审签供水管网处置通报（C 类）；查看您批准的强降雨应急通知", "Sign the report on the water main (class C); see the emergency that you approved"
    ),
    "first_proofreader": Sentence("查看已办的一校", "See the proofreading that you did"),
    "second_proofreader": Sentence("给延时服务通知作二校", "Proofread the notice on extended hours"),
    "third_proofreader": Sentence("查看供热公告的技术性改正", "See your technical correction (heating)"),
    "reader": Sentence(
        "查看已办的诵读（高标准农田管护办法，B 类）", "See what you read aloud (farmland, class B)"
    ),
    "publisher": Sentence(
        "给已发布的农田管护办法作读网核验", "Read back the published farmland measures"
    ),
    "inspector": Sentence(
        "打开任何一件的办理记录，按“核验”；看超期件和小单位岗位合并台账",
        "Open any item's trail and press Verify; see the registers of overdue tasks and of shared posts",
    ),
    "sys_admin": Sentence("新建人员", "Create a person"),
    "sec_admin": Sentence("调整角色", "Change somebody's roles"),
    "audit_admin": Sentence("查看登录和被拒绝的操作", "See log-ins and refused acts"),
}  # fmt: skip
