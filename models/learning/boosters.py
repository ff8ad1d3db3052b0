"""Boosters of several seeds grown side by side, whatever they are to learn."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.logit import Floats

if TYPE_CHECKING:  # it loads for a second, and most commands only read settings
    import lightgbm as lgb


@dataclass(frozen=True, kw_only=True)
class Examples:
    """What is to be learned: features (rows, features), the answer (rows,), names, categories.

    `weights` say how much each row counts; without them all count the same.
    """

    x: Floats
    y: Floats
    names: tuple[str, ...]
    categories: frozenset[str] = frozenset()
    weights: Floats | None = None


@dataclass(frozen=True, kw_only=True)
class Growing:
    """LightGBM's settings, how many seeds, and when to stop where later examples are held out.

    `threads` boosters grow at a time, which changes no digit.
    """

    settings: Mapping[str, object]
    seeds: int
    rounds: int
    patience_rounds: int
    threads: int = 1

    def grow(self, train: Examples, later: Examples | None = None) -> list[tuple[str, int]]:
        """Text and best round of the booster of each seed.

        Each thread bins the data for itself: LightGBM renames and reconfigures a dataset while it
        sets up a booster, so two threads must not share one.
        """
        import lightgbm as lgb  # noqa: PLC0415

        def some(seeds: range) -> list[tuple[str, int]]:
            data = lgb.Dataset(
                train.x,
                train.y,
                weight=train.weights,
                feature_name=list(train.names),
                categorical_feature=[name for name in train.names if name in train.categories],
                params=dict(self.settings),
            )
            held = [] if later is None else [self._held(data, later)]
            return [self._one(data, held, seed) for seed in seeds]

        shares = [range(first, self.seeds, self.threads) for first in range(self.threads)]
        with ThreadPoolExecutor(self.threads) as pool:
            done = zip(shares, pool.map(some, shares), strict=True)
            by_seed = {
                seed: one for seeds, share in done for seed, one in zip(seeds, share, strict=True)
            }
        return [by_seed[seed] for seed in range(self.seeds)]

    def _held(self, data: "lgb.Dataset", later: Examples) -> "lgb.Dataset":
        return data.create_valid(later.x, later.y, weight=later.weights, params=dict(self.settings))

    def _one(self, data: "lgb.Dataset", held: "list[lgb.Dataset]", seed: int) -> tuple[str, int]:
        import lightgbm as lgb  # noqa: PLC0415

        stop = lgb.early_stopping(self.patience_rounds, verbose=False)
        booster = lgb.train(
            {**self.settings, "bagging_seed": seed, "feature_fraction_seed": 1000 + seed},
            data,
            num_boost_round=self.rounds,
            valid_sets=held,
            callbacks=[stop] if held else [],
        )
        return booster.model_to_string(), booster.best_iteration
