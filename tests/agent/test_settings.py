"""Settings come from the environment, and a mistake is named without its value."""

from __future__ import annotations

import pytest

from dbengineer.agent import settings


def test_without_settings_there_is_no_model() -> None:
    assert not settings.read({}).has_model


def test_a_model_is_configured_by_its_name() -> None:
    given = {"DBENGINEER_MODEL": "m", "DBENGINEER_BASE_URL": "http://127.0.0.1:1/v1", "OTHER": "x"}
    assert settings.read(given).has_model


def test_the_address_and_the_key_do_not_show() -> None:
    given = settings.read({"DBENGINEER_URL": "postgresql://u:secret@h/d", "DBENGINEER_API_KEY": "secret"})
    assert "secret" not in repr(given)


def test_an_unknown_setting_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(settings.SettingsError, match="DBENGINEER_ULR.*DBENGINEER_URL") as refused:
        settings.read({"DBENGINEER_ULR": "postgresql://u:secret@h/d"})
    assert "secret" not in str(refused.value)


def test_a_value_that_cannot_be_is_refused_without_showing_it() -> None:
    with pytest.raises(settings.SettingsError, match="DBENGINEER_MODEL_SECONDS") as refused:
        settings.read({"DBENGINEER_MODEL_SECONDS": "hunter2"})
    assert "hunter2" not in str(refused.value)
