"""Settings: read once, refused in one sentence, and every one of them documented."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

import config
from webapp import database

ROOT = Path(__file__).parents[1]


def test_defaults_are_a_production_start_on_this_machine() -> None:
    settings = config.load({})
    assert settings.mode == "production"
    assert settings.host == "127.0.0.1"
    assert settings.port == 8000
    assert settings.secret_key == ""
    assert settings.sqlite_path == settings.home / "sanshen.db"
    assert not settings.argon2_cheap


def test_the_environment_is_heard(tmp_path: Path) -> None:
    settings = config.load(
        {
            "SANSHEN_HOME": str(tmp_path),
            "SANSHEN_DATABASE_URL": "postgresql+psycopg:///sanshen",
            "SANSHEN_PORT": "9000",
        }
    )
    assert settings.home == tmp_path
    assert settings.port == 9000
    assert settings.sqlite_path is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANSHEN_PORT", "80a"),
        ("SANSHEN_PORT", "0"),
        ("SANSHEN_PORT", "70000"),
        ("SANSHEN_THREADS", "-1"),
        ("SANSHEN_SWEEP_SECONDS", "1.5"),
        ("SANSHEN_MODE", "prod"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(config.SettingRefused, match=name):
        config.load({name: value})


def test_every_setting_is_documented() -> None:
    source = (ROOT / "config.py").read_text(encoding="utf-8")
    names = set(re.findall(r"SANSHEN_[A-Z_0-9]+", source))
    told = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    assert names
    assert not {name for name in names if f"`{name}`" not in told}


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = database.with_secret_key(config.load({}, home=tmp_path))
    again = database.with_secret_key(config.load({}, home=tmp_path))
    assert len(first.secret_key) >= 32
    assert again.secret_key == first.secret_key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_a_configured_secret_key_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    settings = config.load({"SANSHEN_SECRET_KEY": "k" * 40}, home=tmp_path)
    assert database.with_secret_key(settings).secret_key == "k" * 40
    assert not (tmp_path / "secret_key").exists()
