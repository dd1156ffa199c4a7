"""Argon2id hashes and the rules a password must meet."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.text import Sentence

LEAST_LENGTH = 10
MOST_LENGTH = 128

#: The library's defaults (RFC 9106, low memory): about a tenth of a second.
STRONG = PasswordHasher()
#: For tests and the throw-away demo set-up only; never chosen unless somebody passes it.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def refusals(password: str, login: str) -> list[Sentence]:
    """Why this password will not do; [] = it will."""
    reasons = []
    if len(password) < LEAST_LENGTH:
        reasons.append(
            Sentence(
                f"密码至少 {LEAST_LENGTH} 个字符。",
                f"A password has at least {LEAST_LENGTH} characters.",
            )
        )
    if len(password) > MOST_LENGTH:
        reasons.append(
            Sentence(
                f"密码最多 {MOST_LENGTH} 个字符。",
                f"A password has at most {MOST_LENGTH} characters.",
            )
        )
    if login and password.strip().lower() in (login.lower(), login.lower() * 2):
        reasons.append(Sentence("密码不能与登录名相同。", "The password must not be the login."))
    if password and len(set(password)) < 4:
        reasons.append(
            Sentence("密码不能只是少数几个字符的重复。", "Do not repeat a few characters.")
        )
    return reasons


def matches(hasher: PasswordHasher, stored: str | None, password: str) -> bool:
    """Whether the password fits; for an unknown account the same work is done and the answer is no."""
    try:
        hasher.verify(stored or _nobodys(hasher), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@lru_cache(maxsize=4)
def _nobodys(hasher: PasswordHasher) -> str:
    return hasher.hash("nobody has this password")
