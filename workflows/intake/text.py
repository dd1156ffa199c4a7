"""Plain text in the encodings that offices really use."""

from __future__ import annotations

from workflows import typed
from workflows.intake.sniff import refuse


def decode(name: str, data: bytes) -> str:
    """UTF-8 (with or without mark), UTF-16 with mark, or GB 18030, which contains GBK and GB 2312."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return typed.clean(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise refuse(
        f"“{name}”不是可读的文本：既不是 UTF-8 也不是 GB 18030 编码。",
        f"“{name}” is neither UTF-8 nor GB 18030 text.",
        "encoding",
    )
