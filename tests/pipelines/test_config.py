"""The workspace file: every mistake at once, each with key, reason and mend."""

import dataclasses
from datetime import date

import pytest

from features.errors import WorkspaceInvalid
from models.transforms.chosen import TransformParams
from pipelines.settings.config import SECTIONS, read_settings
from pipelines.settings.mistakes import SettingsInvalid

WHOLE = """
[workspace]
name = "Warung"
time_zone = "Asia/Jakarta"
currency = "IDR"
language = "id"
as_of = 2026-03-01

[quarantine]
max_share = 0.1

[[sources]]
name = "orders"
kind = "csv"
path = "sources/orders.csv"
latency_hours = 6

[sources.columns]
customer_id = "pelanggan"
occurred_at = "waktu"
channel = "'store'"
step = "'order'"
value = "jumlah"

[churn]
kind = "inactivity"
steps = ["order"]
horizon_days = 14

[model]
leaves = 7
"""

BROKEN = """
[workspace]
name = 3
time_zone = "Asia/Jakarto"
langauge = "en"

[quarantine]
max_share = 2

[churn]
kind = "inactivty"
steps = "basket"
horizon_day = 3

[paneel]

[model]
leaves = "15"

[[sources]]
name = "orders"
kind = "cvs"
path = "orders.csv"

[[sources]]
name = "orders"
kind = "csv"
path = "orders.csv"
time_zone = "Mars"
attributes = ["age"]

[sources.columns]
customer_id = "who"
occured_at = "when"
channel = "'store'"
step = "'order'"
"""


def mistakes(read, text):
    with pytest.raises(SettingsInvalid) as raised:
        read(text)
    return {mistake.key: str(mistake) for mistake in raised.value.mistakes}


def test_a_whole_file_sets_what_it_names_and_leaves_the_rest(read):
    settings = read(WHOLE)
    assert settings.workspace.as_of == date(2026, 3, 1)
    assert settings.workspace.zone.key == "Asia/Jakarta"
    assert settings.quarantine.max_share == 0.1
    assert settings.sources[0].columns["occurred_at"] == "waktu"
    assert settings.sources[0].latency_hours == 6
    assert settings.churn.steps == ("order",)
    assert settings.churn.horizon_days == 14
    assert settings.model.leaves == 7
    assert settings.model.seeds == type(settings.model)().seeds


def test_all_mistakes_are_told_at_once(read):
    assert set(mistakes(read, BROKEN)) == {
        "workspace.name",
        "workspace.langauge",
        "quarantine.max_share",
        "churn.kind",
        "churn.steps",
        "churn.horizon_day",
        "paneel",
        "model.leaves",
        "sources[0].kind",
        "sources[1].name",
        "sources[1].time_zone",
        "sources[1].columns.occured_at",
        "sources[1].columns.occurred_at",
    }


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("workspace.langauge", "is not a known key; did you mean `language`?"),
        ("churn.kind", "is 'inactivty'; did you mean `inactivity`?"),
        ("churn.horizon_day", "is not a known key; did you mean `horizon_days`?"),
        ("paneel", "is not a known key; did you mean `panel`?"),
        ("model.leaves", "must be a whole number"),
        ("quarantine.max_share", "is 2.0; write a share from 0 to 1"),
        ("sources[0].kind", "'cvs' is unknown; did you mean `csv`?"),
        ("sources[1].name", "'orders' is used twice; name it differently"),
        ("sources[1].columns.occured_at", "is not a known key; did you mean `occurred_at`?"),
    ],
)
def test_a_mistake_says_why_and_how_to_mend_it(read, key, told):
    assert mistakes(read, BROKEN)[key] == f"{key}: {told}"


def test_the_error_names_the_file_and_has_the_exit_code_of_a_usage_error(read, tmp_path):
    with pytest.raises(SettingsInvalid) as raised:
        read(BROKEN)
    assert raised.value.exit_code == 2
    assert raised.value.where == str(tmp_path / "jejak.toml")


@pytest.mark.parametrize(
    ("section", "field"),
    [
        (section, field.name)
        for section, kind in SECTIONS.items()
        for field in dataclasses.fields(kind)
    ],
)
def test_a_doubled_last_letter_finds_its_key_again(read, section, field):
    typed = field + field[-1]
    told = mistakes(read, f"[{section}]\n{typed} = 1\n")[f"{section}.{typed}"]
    assert f"`{field}`" in told


@pytest.mark.parametrize("zone", ["Asia/Jakarto", "localtime", "posix/Asia/Jakarta", "", "/etc"])
def test_a_zone_that_does_not_exist_is_told_by_its_key(read, zone):
    text = WHOLE.replace("Asia/Jakarta", zone)
    assert mistakes(read, text) == {
        "workspace.time_zone": f"workspace.time_zone: {zone!r} is unknown; "
        "write one such as Asia/Jakarta"
    }


def test_an_empty_file_says_what_every_workspace_needs(read):
    assert set(mistakes(read, "")) == {"workspace.name", "churn.steps", "sources"}


def test_a_section_must_be_a_table(read):
    assert "decide" in mistakes(read, "decide = 3\n" + WHOLE)


@pytest.mark.parametrize("text", ["name = \n\n", "[workspace\n\n", "a = 1\na = 2\n\n"])
def test_what_is_not_toml_is_refused_with_its_line(read, text):
    with pytest.raises(WorkspaceInvalid, match=r"not TOML.*line [12]"):
        read(text)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "jejak.toml"
    path.write_bytes(b"name = '\xff'")
    with pytest.raises(WorkspaceInvalid, match="not written in UTF-8"):
        read_settings(path)


def test_a_file_that_begins_with_a_mark_of_its_encoding_is_read(read):
    assert read("\ufeff" + WHOLE) == read(WHOLE)


def test_every_limit_that_is_broken_is_told_by_its_own_key(read):
    text = WHOLE.replace("[churn]", "[churn]\nactive_within_days = 0\nembargo_days = -1")
    text += "\n[panel]\nevery_days = 0\n" + "history_days = -4\n"
    found = mistakes(read, text.replace("[model]", "[model]\nrounds = 0\nbins = 1"))
    assert found == {
        "churn.active_within_days": "churn.active_within_days: is 0; write at least 1",
        "churn.embargo_days": "churn.embargo_days: is -1; write at least 0",
        "panel.every_days": "panel.every_days: is 0; write at least 1",
        "panel.history_days": "panel.history_days: is -4; write at least 1",
        "model.rounds": "model.rounds: is 0; write at least 1",
        "model.bins": "model.bins: is 1; write at least 2",
    }


@pytest.mark.parametrize("currency", ["", "Rp", "idr", "Rupiah"])
def test_a_currency_has_three_letters(read, currency):
    text = WHOLE.replace('currency = "IDR"', f"currency = '{currency}'")
    assert "such as IDR" in mistakes(read, text)["workspace.currency"]


def test_numbers_in_quotes_and_flags_for_numbers_are_refused(read):
    text = WHOLE + "\n[decide]\nacceptance = true\n[panel]\nevery_days = '14'\n"
    assert set(mistakes(read, text)) == {"decide.acceptance", "panel.every_days"}


def test_an_engine_that_is_none_is_told(read):
    told = mistakes(read, f"{WHOLE}\n[compute]\nengine = 'sparc'\n")
    assert told["compute.engine"].endswith(": is 'sparc'; choose one of 'local' or 'spark'")


def test_transforms_are_used_by_name(read):
    text = f"{WHOLE}\n[transforms]\nuse = ['rates']\nrates_of = ['stage']\n"
    assert read(text).transforms == TransformParams(use=("rates",), rates_of=("stage",))
    told = mistakes(read, text.replace("'rates'", "'rate'"))
    assert "did you mean `rates`?" in told["transforms.use"]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("separator = ';;'", "separator"),
        ("latency_hours = -1", "latency_hours"),
        ("stale_after_days = -1", "stale_after_days"),
        ("time_format = 'dd/mm/yyyy'", "time_format"),
        ("number_format = '#.##0,00'", "number_format"),
        ("attributes = ['customer_id']", "attributes"),
        ("lookups = { shops = 'shops.csv' }", "lookups"),
    ],
)
def test_what_a_source_cannot_mean_is_told_by_its_key(read, line, key):
    text = WHOLE.replace('kind = "csv"', f'kind = "csv"\n{line}').replace("latency_hours = 6", "")
    assert set(mistakes(read, text)) == {f"sources[0].{key}"}


@pytest.mark.parametrize(
    ("handle", "told"),
    [
        ("'surel'", None),
        ("['surel', 'surel_lain']", None),
        ("5", ".email: must be a text in quotes, or a list of them in square brackets"),
        ("['surel', 5]", ".email[1]: must be a text in quotes"),
        ("[]", ".email: names no column; name one, or leave it out"),
    ],
)
def test_a_kind_of_handle_has_one_column_or_a_list_of_them(read, handle, told):
    text = WHOLE.replace('customer_id = "pelanggan"\n', "")
    text = text.replace("[churn]", f"[sources.handles]\nemail = {handle}\n\n[churn]")
    if told:
        assert [*mistakes(read, text).values()] == [f"sources[0].handles{told}"]
    else:
        [source] = read(text).sources
        assert "surel" in source.handle_columns.values()


def test_how_texts_are_judged_is_told_to_the_sources_that_have_texts(read):
    told = WHOLE.replace("[sources.columns]", 'sentiment_from = "note"\n\n[sources.columns]', 1)
    settings = read(f'{told}\n[sentiment]\nenglish = false\nlexicon = "words.csv"\n')
    assert settings.sources[0].feelings == settings.sentiment
    assert settings.sentiment.lexicon == "words.csv"
