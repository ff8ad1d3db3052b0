"""A model's files are parsed only while size and hash are those in the database."""

import numpy as np
import pandas as pd
import pytest
from trials import a_model, a_transformed_model, rows

from features.errors import ModelRefused
from serving.sealed import BOOSTER_FILE, MANIFEST_FILE, manifest_text, open_sealed, seal


@pytest.fixture
def folder(tmp_path):
    return kept(a_model(), tmp_path)


def kept(model, tmp_path):
    (tmp_path / MANIFEST_FILE).parent.mkdir()
    (tmp_path / MANIFEST_FILE).write_bytes(manifest_text(model).encode())
    (tmp_path / BOOSTER_FILE).write_bytes(model.booster_text.encode())
    return tmp_path


def test_a_model_comes_back_as_it_was(folder):
    model = open_sealed(folder, seal(a_model()))
    assert model == a_model()
    assert list(model.features) == list(a_model().features)
    np.testing.assert_array_equal(model.probabilities(rows()), a_model().probabilities(rows()))


def test_what_was_fitted_comes_back_with_it(tmp_path):
    whole = a_transformed_model()
    model = open_sealed(kept(whole, tmp_path), seal(whole))
    assert model == whole
    tonight = rows().round().assign(cutoff=pd.Timestamp("2026-10-01", tz="UTC"))
    np.testing.assert_array_equal(model.probabilities(tonight), whole.probabilities(tonight))


@pytest.mark.parametrize("name", [BOOSTER_FILE, MANIFEST_FILE])
@pytest.mark.parametrize(
    "harm",
    [
        lambda content: content[:-1],
        lambda content: content + b"\n",
        lambda content: content.replace(b"0", b"1", 1),
        lambda _: b"",
    ],
)
def test_a_changed_file_is_refused(folder, name, harm):
    path = folder / name
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(ModelRefused, match="was changed"):
        open_sealed(folder, seal(a_model()))


@pytest.mark.parametrize("name", [BOOSTER_FILE, MANIFEST_FILE])
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelRefused, match="cannot be read: No such file"):
        open_sealed(folder, seal(a_model()))


@pytest.mark.parametrize("missing", sorted(seal(a_model())))
def test_a_file_without_its_whole_seal_is_refused(folder, missing):
    sealed = {name: value for name, value in seal(a_model()).items() if name != missing}
    with pytest.raises(ModelRefused):
        open_sealed(folder, sealed)


def test_nothing_is_parsed_before_it_is_checked(folder, monkeypatch):
    (folder / MANIFEST_FILE).write_text("{}", encoding="utf-8")
    monkeypatch.setattr("serving.sealed.json.loads", lambda _: pytest.fail("parsed"))
    with pytest.raises(ModelRefused, match="manifest of the model was changed"):
        open_sealed(folder, seal(a_model()))
