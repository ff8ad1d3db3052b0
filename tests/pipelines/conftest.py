"""What several tests of pipelines start from."""

import pytest

from pipelines.settings.config import read_settings


@pytest.fixture
def read(tmp_path):
    """A workspace file with this text, read."""

    def reader(text):
        path = tmp_path / "jejak.toml"
        path.write_text(text, encoding="utf-8")
        return read_settings(path)

    return reader
