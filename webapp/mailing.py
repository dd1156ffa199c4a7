"""Sends what the outbox asks for by SMTP. A letter that was sent twice says by its Message-ID that it is one."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from hashlib import sha256
from typing import Any

from config import Settings
from engine.outbox import Deliver
from workflows import mail

log = logging.getLogger("sanshen")
#: Seconds to wait for the mail server.
PATIENCE = 20


def deliverers(settings: Settings) -> Mapping[str, Deliver]:
    """What carries out which effect. Without a mail server letters are dropped: the message list has it all."""
    if not settings.smtp_host:
        return {mail.KIND: _drop}
    return {mail.KIND: lambda payload: send(settings, payload)}


def send(settings: Settings, payload: Mapping[str, Any]) -> None:
    """Hand one letter to the mail server; raises what smtplib raises."""
    letter = write(settings, payload)
    with _connected(settings) as server:
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(letter)


def write(settings: Settings, payload: Mapping[str, Any]) -> EmailMessage:
    """The letter, in both languages, as nobody knows in which its reader reads mail."""
    said = mail.SAYINGS.get(str(payload["about"]), mail.OTHER)
    letter = EmailMessage()
    letter["From"] = settings.mail_from
    letter["To"] = Address(addr_spec=str(payload["to"]))
    letter["Subject"] = f"【三审】{said.zh} / {said.en}"
    letter["Auto-Submitted"] = "auto-generated"
    name = sha256(str(payload["key"]).encode()).hexdigest()[:32]
    letter["Message-ID"] = f"<{name}@{settings.mail_from.rpartition('@')[2]}>"
    address = f"{settings.public_url}{payload['link']}" if settings.public_url else ""
    lines = [
        f"{said.zh}。请登录“三审”查看。",
        *([address] if address else []),
        "为保密，邮件中不写稿件标题和内容。接收哪些消息，可以在“消息”页上修改。",
        "",
        f"{said.en}. Log in to see it.",
        "Letters name no item and no text. Which of them you get is chosen on the page of messages.",
    ]
    letter.set_content("\n".join(lines) + "\n", cte="base64")
    return letter


def _connected(settings: Settings) -> smtplib.SMTP:
    where = (settings.smtp_host, settings.smtp_port)
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(*where, timeout=PATIENCE, context=ssl.create_default_context())
    server = smtplib.SMTP(*where, timeout=PATIENCE)
    if settings.smtp_security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def _drop(payload: Mapping[str, Any]) -> None:
    log.info("mail is not set up; a letter was dropped")
