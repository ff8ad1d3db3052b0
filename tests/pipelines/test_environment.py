"""The environment of dependencies: quiet, nothing phones home, the user's own choice stays."""

import os
import warnings

import pytest

from pipelines import environment


def test_nothing_phones_home_and_nothing_is_unpickled(monkeypatch):
    for name in environment.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    environment.opt_out()
    assert os.environ["DO_NOT_TRACK"] == "true"
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"


def test_what_the_user_has_set_stays(monkeypatch, tmp_path):
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    monkeypatch.setenv("PREFECT_HOME", "elsewhere")
    environment.opt_out()
    with environment.prepared(tmp_path):
        pass
    assert os.environ["PREFECT_LOGGING_LEVEL"] == "DEBUG"
    assert os.environ["PREFECT_HOME"] == "elsewhere"


def test_prefect_lives_in_the_workspace(monkeypatch, tmp_path):
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    with environment.prepared(tmp_path):
        assert os.environ["PREFECT_HOME"] == str(tmp_path / ".prefect")
    monkeypatch.delenv("PREFECT_HOME")


def test_warnings_of_dependencies_are_quiet_only_inside(tmp_path, monkeypatch, recwarn):
    monkeypatch.setenv("PREFECT_HOME", "elsewhere")
    with environment.prepared(tmp_path):
        warnings.warn("not seen", stacklevel=1)
    assert not recwarn
    with environment.prepared(tmp_path, debug=True), pytest.warns(match="seen"):
        warnings.warn("seen", stacklevel=1)
