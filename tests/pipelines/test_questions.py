"""What a workspace may ask: three definitions of churn, progression, the next step."""

import pytest
from shops import SETTINGS

from models.targets.contractual import ContractChurn
from models.targets.next_step import NextStep
from models.targets.progression import Progression
from models.targets.transactional import TransactionalChurn
from pipelines.settings.config import read_settings
from pipelines.settings.mistakes import SettingsInvalid

BEGIN, END = SETTINGS.index("[churn]"), SETTINGS.index("[panel]")
STAGES = '[stages]\norder = ["looking", "buying"]\nexits = ["gone"]\n\n'


@pytest.fixture
def read(tmp_path):
    """Settings of the shop with other questions."""

    def read(questions: str):
        path = tmp_path / "jejak.toml"
        path.write_text(SETTINGS[:BEGIN] + questions + "\n" + SETTINGS[END:], encoding="utf-8")
        return read_settings(path)

    return read


def mistakes(read, text) -> dict[str, str]:
    with pytest.raises(SettingsInvalid) as raised:
        read(text)
    return {mistake.key: str(mistake) for mistake in raised.value.mistakes}


CHURN = '[churn]\nsteps = ["order"]\n'


def test_contracts(read):
    text = '[churn]\nkind = "contract"\ngrace_days = 7\nhorizon_days = 60\ncounts = "voluntary"\n'
    assert read(text).churn == ContractChurn(grace_days=7, horizon_days=60, counts="voluntary")


def test_buyers(read):
    text = '[churn]\nkind = "transaction"\nsteps = ["order"]\norders_least = 3\n'
    assert read(text).churn == TransactionalChurn(steps=("order",), orders_least=3)


def test_progression_knows_the_stages_of_the_workspace(read):
    asked = (
        '[progression]\nmeaning = "state_at_end"\nhorizon_days = 14\nnever = ["looking > gone"]\n'
    )
    assert read(CHURN + STAGES + asked).progression == Progression(
        order=("looking", "buying"),
        exits=("gone",),
        meaning="state_at_end",
        horizon_days=14,
        never=("looking > gone",),
    )
    assert read(CHURN).progression is None


def test_the_next_step(read):
    assert read(CHURN + "[next_step]\nhorizon_days = 7\n").next_step == NextStep(horizon_days=7)
    assert read(CHURN).next_step is None


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ('[churn]\nkind = "contrakt"\n', "churn.kind", "did you mean `contract`?"),
        ('[churn]\nkind = "contract"\nsteps = ["order"]\n', "churn.steps", "not a known key"),
        ('[churn]\nkind = "contract"\ngrace_days = -1\n', "churn.grace_days", "at least 0"),
        ('[churn]\nkind = "contract"\ncounts = "some"\n', "churn.counts", "'voluntary'"),
        (
            '[churn]\nkind = "transaction"\nsteps = ["order"]\nquiet_days_most = 3\n',
            "churn.quiet_days_most",
            "at least 30",
        ),
        (CHURN + STAGES + '[progression]\nsettled = ["byuing"]\n', "progression.settled", "buying"),
        (
            CHURN + STAGES + '[progression]\nnever = ["buying"]\n',
            "progression.never",
            '"from > to"',
        ),
        (CHURN + '[progression]\norder = ["a"]\n', "progression.order", "told in [stages]"),
        (CHURN + '[progression]\nmeaning = "last"\n', "progression.meaning", "first_move"),
        (CHURN + "[next_step]\nhorizon_days = 0\n", "next_step.horizon_days", "at least 1"),
        (CHURN + '[next_step]\nsteps = ["a", "a"]\n', "next_step.steps", "twice"),
    ],
)
def test_a_mistake_names_its_key(read, text, key, told):
    assert told in mistakes(read, text)[key]
