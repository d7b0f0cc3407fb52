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
        (MethodSettings, {"minimum_open_authorities_percent": -1}),
        (MethodSettings, {"minimum_open_authorities_percent": 101}),
        (MethodSettings, {"strike_days": ["soon"]}),
        (MethodSettings, {"week_53": "ignore"}),
    ],
)
def test_impossible_settings_are_refused(model: type[BaseModel], wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model(**wrong)


@pytest.mark.parametrize("model", [EngineSettings, MethodSettings])
def test_every_setting_has_words_and_a_default(model: type[BaseModel]) -> None:
    assert model()
    assert all(field.description for field in model.model_fields.values())


@pytest.mark.parametrize("choice", [REFUSE, MERGE])
def test_the_named_choices_for_week_53_are_choices(choice: str) -> None:
    assert MethodSettings(week_53=choice).week_53 == choice
