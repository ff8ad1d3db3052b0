"""What the workspace file leaves to the environment: read there, and never told."""

import pytest

from pipelines.settings.config import read_settings
from pipelines.settings.mistakes import SettingsInvalid

ADDRESS = "postgresql://crm:s3cret@db.example/crm"
WORKSPACE = """
[workspace]
name = "Warung"

[[sources]]
name = "orders"
kind = "sql"
{path}

[sources.options]
url = "{url}"
table = "orders"

[sources.columns]
customer_id = "pelanggan"
occurred_at = "waktu"
channel = "'store'"
step = "'order'"

[churn]
steps = ["order"]
horizon_days = 14
"""


@pytest.fixture
def settings(tmp_path):
    def read(url: str, path: str = ""):
        file = tmp_path / "jejak.toml"
        file.write_text(WORKSPACE.format(url=url, path=path), encoding="utf-8")
        return read_settings(file)

    return read


def test_a_variable_is_its_value_and_is_not_shown(settings, monkeypatch):
    monkeypatch.setenv("CRM_URL", ADDRESS)
    read = settings("env:CRM_URL")
    assert read.sources[0].options == {"url": ADDRESS, "table": "orders"}
    assert "s3cret" not in repr(read)


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_a_mistake(settings, monkeypatch, value):
    monkeypatch.delenv("CRM_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("CRM_URL", value)
    with pytest.raises(SettingsInvalid) as invalid:
        settings("env:CRM_URL")
    assert [str(mistake) for mistake in invalid.value.mistakes] == [
        (
            "sources[0].options.url: names the environment variable 'CRM_URL', which is not set; "
            "set it, and run the command again"
        )
    ]


def test_a_password_in_the_file_is_a_mistake_and_is_not_told(settings):
    with pytest.raises(SettingsInvalid, match=r"sources\[0\]\.options\.url: holds a pass") as found:
        settings(ADDRESS)
    assert "s3cret" not in str(found.value)


def test_an_address_without_a_password_may_stand_in_the_file(settings):
    assert settings("sqlite:///crm.db").sources[0].options["url"] == "sqlite:///crm.db"


def test_a_kind_that_reads_a_file_needs_its_path(tmp_path):
    file = tmp_path / "jejak.toml"
    text = WORKSPACE.format(url="sqlite:///crm.db", path="").replace('"sql"', '"csv"')
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsInvalid, match=r"sources\[0\]\.path: is missing"):
        read_settings(file)
