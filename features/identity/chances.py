"""How likely two records are one person, by the model of Fellegi and Sunter as splink has it.

A name or a place that agrees speaks for one person, the more the rarer it is; one that differs
speaks against. How rare values are is counted; how often they are mistyped is learned from pairs
that agree otherwise (expectation maximisation). All places of a record are weighed as one, the
strongest that agrees: who shares an office shares its postcode too.
"""

import logging
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import polars as pl

from features.errors import WorkspaceInvalid
from features.identity.traits import KINDS, NAME, PLACES

if TYPE_CHECKING:
    from splink import Linker

REQUIREMENT = "splink>=5,<6"
"""What the extra `splink` of the project installs."""

_SEED = 1
_SILENT = logging.CRITICAL
_MOST_PAIRS = 3_000_000
_RECALL = 0.7
_LOWEST = 0.2
_ALIKE = 0.94
_SIMILAR = 0.88
_SAME_STREET = 0.9
_NO_SURPRISES: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,  # sums in one order: equal records give equal probabilities
    "temp_directory": "",  # names are not written to disk
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def refuse_without_splink() -> None:
    """`WorkspaceInvalid`, with the command that installs it, if splink is not there."""
    if find_spec("splink") is None:
        raise WorkspaceInvalid(
            "likely matches need splink, which is not installed",
            where="identity.likely_threshold",
            mend=f"run `python -m pip install '{REQUIREMENT}'`, or take the threshold out",
        )


def chances(traits: pl.DataFrame, learnable: list[str]) -> pl.DataFrame:
    """Pairs of rows with alike names and places, and the probability that they are one person.

    `traits` has `row`, a number, and the columns of the contract `traits`; `learnable` are the
    places on which enough pairs with one name agree. Returns `left`, `right` (rows) and
    `probability`; pairs below 0.2 are left out.
    """
    refuse_without_splink()
    import duckdb
    from splink import DuckDBAPI, Linker

    used = [NAME, *(kind for kind in KINDS[1:] if traits[kind].count())]
    digits = pl.col("address").str.replace_all(r"\D+", " ").alias("numbers")
    table = traits.sort("row").select("row", *used, digits)
    with duckdb.connect(":memory:", config=_NO_SURPRISES) as memory:
        api = DuckDBAPI(memory)
        linker = Linker(api.register(table.to_arrow()), _settings(used), log_level=_SILENT)
        for kind in used:
            rarity = api.register(_rarity(table[kind]).to_arrow())
            linker.table_management.register_term_frequency_lookup(rarity, kind)
        _learn(linker, learnable)
        found = linker.inference.predict(threshold_match_probability=_LOWEST).as_pyarrow_table()
    pairs = pl.DataFrame(found).filter((pl.col("gamma_name") > 0) & (pl.col("gamma_place") > 0))
    return pairs.select(left="row_l", right="row_r", probability="match_probability")


def _learn(linker: "Linker", learnable: list[str]) -> None:
    training = linker.training
    agreeing = [f"l.{NAME} = r.{NAME} AND l.{place} = r.{place}" for place in learnable]
    training.estimate_probability_two_random_records_match([*agreeing], recall=_RECALL)
    training.estimate_u_using_random_sampling(max_pairs=_MOST_PAIRS, seed=_SEED)
    for kind in (NAME, *learnable):
        training.estimate_parameters_using_expectation_maximisation(
            f"l.{kind} = r.{kind}", max_pairs=_MOST_PAIRS
        )


def _rarity(values: pl.Series) -> pl.DataFrame:
    """The chance that someone else has a value: whoever is compared is not counted."""
    kind = values.name
    counts = values.drop_nulls().value_counts(name="records").sort(kind)
    others = (pl.col("records").cast(pl.Int64) - 1).clip(1) / pl.col("records").sum()
    return counts.select(kind, others.alias(f"tf_{kind}"))


def _settings(used: list[str]) -> dict[str, Any]:
    same = {kind: f"l.{kind} = r.{kind}" for kind in used}
    compared = [same[NAME]]
    compared += [f"{same[kind]} AND {_same_start(1)}" for kind in used if kind in PLACES]
    compared += [f"{same[kind]} AND {_same_start(4)}" for kind in used if kind == "city"]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "row",
        "comparisons": [_names(), _places(used)],
        "blocking_rules_to_generate_predictions": compared,
    }


def _same_start(characters: int) -> str:
    return f"substr(l.{NAME}, 1, {characters}) = substr(r.{NAME}, 1, {characters})"


def _names() -> dict[str, Any]:
    similarity = "jaro_winkler_similarity(name_l, name_r)"
    return _comparison(
        NAME,
        _nothing([NAME]),
        _equal(NAME),
        _level(f"{similarity} >= {_ALIKE}"),
        _level(f"{similarity} >= {_SIMILAR}"),
    )


def _places(used: list[str]) -> dict[str, Any]:
    near = f"jaro_winkler_similarity(address_l, address_r) >= {_SAME_STREET}"
    alike = f"jaro_winkler_similarity(company_l, company_r) >= {_ALIKE}"
    levels = {
        "address": [_equal("address"), _level(f"numbers_l = numbers_r AND {near}")],
        "company": [_equal("company"), _level(alike)],
        "postcode": [_equal("postcode")],
        "city": [_equal("city")],
    }
    return _comparison(
        "place", _nothing(used[1:]), *(level for kind in used[1:] for level in levels[kind])
    )


def _comparison(name: str, *levels: dict[str, Any]) -> dict[str, Any]:
    return {"output_column_name": name, "comparison_levels": [*levels, _level("ELSE")]}


def _nothing(kinds: list[str]) -> dict[str, Any]:
    """Nothing is known of both."""
    unknown = " AND ".join(f"({kind}_l IS NULL OR {kind}_r IS NULL)" for kind in kinds)
    return {**_level(unknown), "is_null_level": True}


def _equal(kind: str) -> dict[str, Any]:
    rarity = {"tf_adjustment_column": kind, "tf_adjustment_weight": 1.0}
    return {**_level(f"{kind}_l = {kind}_r"), **rarity}


def _level(condition: str) -> dict[str, Any]:
    return {"sql_condition": condition, "label_for_charts": condition}
