"""Every setting once: name, environment variable, type, default, meaning. Read at start, never later."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: Where the embedded database lives when nothing else is said: `var/` in the folder the command runs in.
DEFAULT_HOME = Path("var")
#: A demo never opens a database that a production start created, and the other way round.
MODES = ("demo", "production", "test")
SMTP_SECURITY = ("none", "starttls", "tls")


class SettingRefused(ValueError):
    """A setting that cannot work; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration. Field comments give the environment variable and its meaning."""

    mode: str  # SANSHEN_MODE: demo | production | test
    home: Path  # SANSHEN_HOME: folder for the database, backups and logs
    database_url: str  # SANSHEN_DATABASE_URL: SQLAlchemy URL; default SQLite in `home`
    secret_key: str  # SANSHEN_SECRET_KEY: signs CSRF tokens; created in `home` when absent
    host: str  # SANSHEN_HOST: address to listen on
    port: int  # SANSHEN_PORT
    threads: int  # SANSHEN_THREADS: worker threads of the embedded server
    trusted_proxy: str  # SANSHEN_TRUSTED_PROXY: address of the proxy whose forwarded headers count
    site_name: str  # SANSHEN_SITE_NAME: SiteName tag and portal heading (domain:B3)
    site_domain: str  # SANSHEN_SITE_DOMAIN: SiteDomain tag (domain:B3)
    site_id_code: str  # SANSHEN_SITE_ID_CODE: SiteIDCode tag, 10 characters (domain:B3)
    max_upload_mb: int  # SANSHEN_MAX_UPLOAD_MB: largest request body
    session_idle_minutes: int  # SANSHEN_SESSION_IDLE_MINUTES
    session_hours: int  # SANSHEN_SESSION_HOURS: absolute life of a log-in
    secure_cookies: bool  # SANSHEN_SECURE_COOKIES: 1 behind HTTPS
    sweep_seconds: (
        int  # SANSHEN_SWEEP_SECONDS: pause between timer sweeps; 0 = no sweep in this process
    )
    smtp_host: str  # SANSHEN_SMTP_HOST: mail server for messages; empty = no mail
    smtp_port: int  # SANSHEN_SMTP_PORT
    smtp_security: str  # SANSHEN_SMTP_SECURITY: none | starttls | tls
    smtp_user: str  # SANSHEN_SMTP_USER: empty = without log-in
    smtp_password: str  # SANSHEN_SMTP_PASSWORD
    mail_from: str  # SANSHEN_MAIL_FROM: the sender's address
    public_url: str  # SANSHEN_PUBLIC_URL: where people open this house, for links in mail
    argon2_cheap: bool  # never from the environment: tests only

    @property
    def sqlite_path(self) -> Path | None:
        """The database file of the embedded default, or None on PostgreSQL."""
        prefix = "sqlite:///"
        return (
            Path(self.database_url[len(prefix) :]) if self.database_url.startswith(prefix) else None
        )


def load(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Settings from the environment; `overrides` win. Raises SettingRefused with one clear sentence."""
    env = os.environ if environ is None else environ
    home = Path(
        str(overrides.pop("home", None) or env.get("SANSHEN_HOME") or DEFAULT_HOME)
    ).absolute()
    values: dict[str, object] = {
        "mode": env.get("SANSHEN_MODE", "production"),
        "home": home,
        "database_url": env.get("SANSHEN_DATABASE_URL") or f"sqlite:///{home / 'sanshen.db'}",
        "secret_key": env.get("SANSHEN_SECRET_KEY", ""),
        "host": env.get("SANSHEN_HOST", "127.0.0.1"),
        "port": _integer(env, "SANSHEN_PORT", 8000, 1, 65535),
        "threads": _integer(env, "SANSHEN_THREADS", 8, 1, 64),
        "trusted_proxy": _address(env, "SANSHEN_TRUSTED_PROXY"),
        "site_name": env.get("SANSHEN_SITE_NAME", "政府信息公开"),
        "site_domain": env.get("SANSHEN_SITE_DOMAIN", "localhost"),
        "site_id_code": env.get("SANSHEN_SITE_ID_CODE", "0000000000"),
        "max_upload_mb": _integer(env, "SANSHEN_MAX_UPLOAD_MB", 32, 1, 1024),
        "session_idle_minutes": _integer(env, "SANSHEN_SESSION_IDLE_MINUTES", 60, 1, 1440),
        "session_hours": _integer(env, "SANSHEN_SESSION_HOURS", 10, 1, 48),
        "secure_cookies": env.get("SANSHEN_SECURE_COOKIES", "0") == "1",
        "sweep_seconds": _integer(env, "SANSHEN_SWEEP_SECONDS", 15, 0, 3600),
        "smtp_host": env.get("SANSHEN_SMTP_HOST", ""),
        "smtp_port": _integer(env, "SANSHEN_SMTP_PORT", 25, 1, 65535),
        "smtp_security": env.get("SANSHEN_SMTP_SECURITY", "none"),
        "smtp_user": env.get("SANSHEN_SMTP_USER", ""),
        "smtp_password": env.get("SANSHEN_SMTP_PASSWORD", ""),
        "mail_from": env.get("SANSHEN_MAIL_FROM", ""),
        "public_url": env.get("SANSHEN_PUBLIC_URL", "").rstrip("/"),
        "argon2_cheap": False,
    }
    values.update({key: value for key, value in overrides.items() if value is not None})
    settings = Settings(**values)  # type: ignore[arg-type]
    if settings.mode not in MODES:
        raise SettingRefused(
            f"SANSHEN_MODE 是“{settings.mode}”，只能是 {'、'.join(MODES)} / must be one of {MODES}"
        )
    _refuse_half_a_mail_server(settings)
    return settings


def _refuse_half_a_mail_server(settings: Settings) -> None:
    if settings.smtp_security not in SMTP_SECURITY:
        raise SettingRefused(
            f"SANSHEN_SMTP_SECURITY 是“{settings.smtp_security}”，只能是 {'、'.join(SMTP_SECURITY)} / "
            f"must be one of {SMTP_SECURITY}"
        )
    if settings.smtp_host and "@" not in settings.mail_from:
        raise SettingRefused(
            "设了 SANSHEN_SMTP_HOST，还须设发件人邮箱 SANSHEN_MAIL_FROM / "
            "with SANSHEN_SMTP_HOST the sender's address SANSHEN_MAIL_FROM is needed"
        )


def _integer(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or not least <= int(text) <= most:
        raise SettingRefused(
            f"{name} 是“{text}”，应当是 {least} 到 {most} 的整数 / must be a whole number {least}-{most}"
        )
    return int(text)


def _address(env: Mapping[str, str], name: str) -> str:
    """An IP address or nothing; a host name would be compared with addresses and never match."""
    text = env.get(name, "").strip()
    if not text:
        return ""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise SettingRefused(
            f"{name} 是“{text}”，应当是代理服务器的 IP 地址 / must be the IP address of the proxy"
        ) from None
