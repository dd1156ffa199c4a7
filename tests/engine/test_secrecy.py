"""Unpublished text stays out of logs and out of the trail, whatever goes wrong."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import sweeping
from engine.errors import EngineError
from engine.text import Sentence
from tests.conftest import Database


def test_error_of_the_database_does_not_quote_what_was_written(database: Database) -> None:
    secret = "尚未公开的文字"
    statement = sa.text("INSERT INTO no_such_table (body) VALUES (:body)")
    with (
        database.engine.begin() as connection,
        pytest.raises(sa.exc.SQLAlchemyError) as failed,
    ):
        connection.execute(statement, {"body": secret})
    assert secret not in str(failed.value)


def test_failure_is_kept_by_its_kind_and_in_our_own_sentences_only() -> None:
    ours = EngineError(Sentence("流程定义有误。", "The definition is wrong."))
    assert sweeping.told(ours) == "EngineError: 流程定义有误。"
    assert sweeping.told(ValueError("尚未公开的文字")) == "ValueError"
