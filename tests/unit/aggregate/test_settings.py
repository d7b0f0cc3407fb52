from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from publisher.aggregate.settings import MERGE, REFUSE, EngineSettings, MethodSettings


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (EngineSettings, {"memory_limit": "lots"}),
        (EngineSettings, {"memory_limit": "0GB"}),
        (EngineSettings, {"threads": 0}),
        (EngineSettings, {"thread": 2}),
        (EngineSettings, {"name": "sparc"}),
        (EngineSettings, {"name": "spark", "memory_limit": "900MB"}),
        (EngineSettings, {"spark_master": "yarn"}),
        (EngineSettings, {"spark_master": "local[0]"}),
        (EngineSettings, {"spark_master": "http://host"}),
        (EngineSettings, {"spark_master": "sc://"}),
        (EngineSettings, {"spark_master": "sc://host:15002/;use_ssl=true;token=secret"}),
        (EngineSettings, {"spark_store": "bucket/store"}),
        (EngineSettings, {"spark_store": "s3a://key:secret@bucket/store"}),
        (MethodSettings, {"minimum_open_authorities_percent": -1}),
        (MethodSettings, {"minimum_open_authorities_percent": 101}),
        (MethodSettings, {"strike_days": ["soon"]}),
        (MethodSettings, {"week_53": "ignore"}),
    ],
)
def test_impossible_settings_are_refused(model: type[BaseModel], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model(**wrong)


@pytest.mark.parametrize(
    "master",
    [
        "local",
        "local[4]",
        "local[*]",
        "spark://host:7077",
        "sc://host:15002",
        "sc://h:1/;user_id=a",
    ],
)
@pytest.mark.parametrize("store", ["", "s3a://bucket/store", "abfss://box@account.host/store"])
def test_places_where_spark_may_be(master: str, store: str) -> None:
    settings = EngineSettings(name="spark", spark_master=master, spark_store=store)
    assert (settings.spark_master, settings.spark_store) == (master, store)


def test_a_secret_in_an_address_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        EngineSettings(spark_master="sc://host/;token=hunter2")
    assert "hunter2" not in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("model", [EngineSettings, MethodSettings])
def test_every_setting_has_words_and_a_default(model: type[BaseModel]) -> None:
    assert model()
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize("choice", [REFUSE, MERGE])
def test_the_named_choices_for_week_53_are_choices(choice: str) -> None:
    assert MethodSettings(week_53=choice).week_53 == choice
