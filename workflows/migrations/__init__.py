"""The domain's branch of the migrations; `engine.schema.upgrade` is told where its versions are."""

from pathlib import Path

VERSIONS = Path(__file__).parent / "versions"
