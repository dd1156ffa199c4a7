"""Two more counties beside Yunlan, for a demo at real size: units and people, the same at every run."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from workflows.demo.county import PEOPLE, UNITS, PersonPlan, UnitPlan

#: Prefix of keys and log-ins, code of units, name.
COUNTIES = (("yl", "YL", "云岚县"), ("wc", "WC", "望川县"), ("qy", "QY", "青屿县"))
DEPARTMENTS = (
    ("agri", "农业农村局"), ("labour", "人力资源和社会保障局"), ("housing", "住房和城乡建设局"),
    ("education", "教育和体育局"), ("health", "卫生健康局"), ("traffic", "交通运输局"),
    ("water", "水务局"), ("market", "市场监督管理局"), ("civil", "民政局"), ("culture", "文化和旅游局"),
)  # fmt: skip
TOWNS = {
    "yl": ("松坪镇", "白鹭镇", "临溪镇"),
    "wc": ("河湾镇", "石桥镇", "柳林镇", "东岭镇"),
    "qy": ("港口镇", "渔沙镇", "东礁镇", "望潮镇"),
}
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛范彭郎鲁韦昌马苗凤花方俞任袁柳"
_GIVEN = (
    "书涵", "子墨", "一鸣", "若溪", "景行", "怀瑾", "清和", "文远", "思齐", "知行", "望舒", "云帆", "嘉树", "明澈", "南乔", "北辰",
    "安之", "立言", "守成", "广平", "春生", "秋实", "长青", "海宁", "建业", "志远", "和光", "同尘", "平川", "远山", "静姝", "敏行",
)  # fmt: skip
#: Posts and roles of a county's office, all held at the county, with how many of each.
_OFFICE = (
    ("ogi_officer", "政务公开科科员", 3), ("confidentiality_reviewer", "保密审查员", 3),
    ("legal_reviewer", "合法性审核科科员", 2), ("first_reviewer", "责任编辑", 3),
    ("second_reviewer", "办公室副主任", 3), ("final_reviewer", "副县长", 2), ("principal", "县长", 1),
    ("first_proofreader", "校对员", 3), ("second_proofreader", "校对员", 3),
    ("third_proofreader", "校对员", 3), ("reader", "通读员", 2), ("publisher", "网站管理员", 2),
    ("inspector", "督查室科员", 2),
)  # fmt: skip


def units() -> list[UnitPlan]:
    """Every unit, those above first; Yunlan keeps what it has."""
    return [*UNITS, *(unit for prefix, code, name in COUNTIES for unit in _of(prefix, code, name))]


def _of(prefix: str, code: str, name: str) -> Iterator[UnitPlan]:
    root = "county" if prefix == "yl" else f"{prefix}-county"
    if prefix != "yl":
        yield UnitPlan(root, f"{code}00", f"{name}人民政府", "government", None)
        yield UnitPlan(f"{prefix}-office", f"{code}01", f"{name}人民政府办公室", "office", root)
    there = {unit.name for unit in UNITS}
    for number, (key, short) in enumerate(DEPARTMENTS, start=20):
        if f"{name}{short}" not in there:
            plan = UnitPlan(
                f"{prefix}-{key}", f"{code}{number}", f"{name}{short}", "department", root
            )
            yield plan
    for number, town in enumerate(TOWNS[prefix], start=40):
        unit = f"{name}{town}人民政府"
        yield UnitPlan(f"{prefix}-town{number}", f"{code}{number}", unit, "town", root)


def people(random: Random) -> list[PersonPlan]:
    """Everybody: those of Yunlan whose log-ins are in the table, then the rest, two hundred in all."""
    names = _names(random, {one.name for one in PEOPLE})
    made = list(PEOPLE)
    for prefix, _code, _name in COUNTIES:
        county = "county" if prefix == "yl" else f"{prefix}-county"
        office = "office" if prefix == "yl" else f"{prefix}-office"
        for role, post, number in _OFFICE:
            for nth in range(1, number + 1):
                login = f"{prefix}-{role.replace('_', '-')}{nth}"
                made.append(PersonPlan(login, next(names), post, office, (role,), county))
    for unit in units():
        if unit.kind in ("department", "town") and "-" in unit.key:
            login = unit.key.replace("-", ".")
            for nth in (1, 2):
                plan = PersonPlan(
                    f"{login}.{nth}", next(names), "科员", unit.key, ("drafter",), unit.key
                )
                made.append(plan)
            head = PersonPlan(
                f"{login}.head", next(names), "科长", unit.key, ("unit_head",), unit.key
            )
            made.append(head)
    return made


def _names(random: Random, taken: set[str]) -> Iterator[str]:
    """Names that nobody has yet, in an order that the seed decides."""
    every = [surname + given for surname in _SURNAMES for given in _GIVEN]
    random.shuffle(every)
    yield from (name for name in every if name not in taken)
