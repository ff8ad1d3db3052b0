"""What a champion learned from is kept with it, sealed like its other files."""

import pytest
from panels import FEATURES, panel

from features.errors import ModelRefused
from models.drift.reference import Recent, reference_of
from serving.registry import Registry
from serving.sealed import REFERENCE_FILE, open_reference, seal_reference

ONE = panel()
REFERENCE = reference_of(Recent.of(ONE), dict.fromkeys(FEATURES, 1.0))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / REFERENCE_FILE
    path.parent.mkdir()
    path.write_bytes(REFERENCE.text().encode())
    return tmp_path


def test_it_is_read_back_as_it_was_kept(folder):
    assert open_reference(folder, seal_reference(REFERENCE)) == REFERENCE


def test_a_model_from_before_has_none(folder):
    assert open_reference(folder, seal_reference(None)) is None


def test_another_file_is_refused(folder):
    sealed = seal_reference(REFERENCE)
    (folder / REFERENCE_FILE).write_bytes(REFERENCE.text().replace("0", "1").encode())
    with pytest.raises(ModelRefused, match="the reference of the model was changed"):
        open_reference(folder, sealed)


@pytest.mark.slow
def test_a_trained_shop_knows_what_its_model_learned_from(trained):
    registry = Registry(trained.root)
    model, version = registry.champion()
    reference = registry.reference(version)
    assert reference is not None
    assert {shape.name for shape in reference.features} <= set(model.features)
    assert f"{reference.cutoffs[-1]:%Y-%m-%d}" == model.trained_through
    assert reference.score is not None
    weekdays = len(reference.features[0].counts) - len(reference.cutoffs)
    assert weekdays > 0
    origins = reference.score.counts[:-weekdays]
    assert sum(map(sum, origins)) == trained.facts["counts"]["measured_rows"]
