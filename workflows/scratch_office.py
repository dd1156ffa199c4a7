"""One unit with one person per role of the chain, for a walkthrough in a database that is thrown away.

Nobody can log in here: every password is random and forgotten at once.
"""

from __future__ import annotations

import secrets

from engine.clock import local_date
from engine.database import Actor, UnitOfWork
from workflows import bpmn_files, catalogue, deploying, founding, passwords, people, units
from workflows.catalogue import Entry
from workflows.vocabulary import ROLES

UNIT = "演练机关"


def set_up(uow: UnitOfWork) -> dict[str, Actor]:
    """The unit, the people and the process; the actors by role. Acts in the system's name."""
    founding.found(uow, "demo")
    for file in bpmn_files.shipped():
        deploying.deploy(uow, file)
    unit = units.create_unit(uow, code="walkthrough", name=UNIT, kind="government")
    _set_up_catalogue(uow, unit.id)
    return {role: _appoint(uow, role, unit.id) for role in ROLES}


def _set_up_catalogue(uow: UnitOfWork, unit_id: int) -> None:
    """One matter, under which whatever is walked through falls."""
    matter = Entry("政策文件", "政策文件", content="机关制发的政策文件", basis="条例第二十条")
    edition = catalogue.propose(uow, unit_id, [matter], effective_on=local_date(uow.now))
    catalogue.adopt(uow, edition.id)


def _appoint(uow: UnitOfWork, role: str, unit_id: int) -> Actor:
    name = f"演练{ROLES[role].zh.partition('（')[0]}"
    person = people.create_person(
        uow,
        login=role.replace("_", "-"),
        name=name,
        unit_id=unit_id,
        password=secrets.token_urlsafe(18),
        hasher=passwords.CHEAP,  # nobody knows the password and the database is thrown away
    )
    people.set_roles(uow, person.id, [people.RoleGrant(role, unit_id)])
    return Actor(str(person.id), name, role)
