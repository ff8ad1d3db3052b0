"""BG/NBD: customers who buy at their own rate and, after any purchase, may drop out for good.

Fader, Hardie and Lee (2005), "Counting your customers" the easy way: an alternative to the
Pareto/NBD model. Rates of buying are Gamma(r, alpha) among customers, chances of dropping out after
a repeat purchase Beta(a, b). `x` counts repeat purchases, `t_x` is when the last of them was and
`t_now` when we look, in days since the first purchase.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import scipy

from models.logit import Floats, expit

LEAST, MOST = 1e-6, 1e6
"""Where the search for each parameter ends."""

DROPOUT_MOST = 100.0
"""Beyond this a + b, the chance of dropping out hardly differs between customers."""

NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(12)


@dataclass(frozen=True, kw_only=True)
class Buying:
    """The four parameters; `alpha` in days."""

    r: float
    alpha: float
    a: float
    b: float

    @property
    def diverged(self) -> bool:
        """Whether the likelihood has no maximum worth the name."""
        inside = all(2 * LEAST < p < MOST / 2 for p in (self.r, self.alpha, self.a, self.b))
        return not inside or self.a + self.b > DROPOUT_MOST

    def still_buying(self, x: Floats, t_x: Floats, t_now: Floats) -> Floats:
        """Probability that a customer has not dropped out by now."""
        waited = (self.r + x) * np.log((self.alpha + t_now) / (self.alpha + t_x))
        odds_gone = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1) + waited
        return np.where(x > 0, expit(-odds_gone), 1.0)

    def expected(
        self, x: Floats, t_x: Floats, t_now: Floats, start_days: float, end_days: float
    ) -> Floats:
        """Purchases to be expected from `start_days` to `end_days` after now.

        Who still buys now does so at rate lambda, and has not dropped out u days later with
        probability exp(-lambda p u); this is integrated over u and the posteriors of both.
        """
        half = (end_days - start_days) / 2
        total = np.zeros(len(x))
        for node, weight in zip(NODES, NODE_WEIGHTS, strict=True):
            u = start_days + half * (1 + node)
            total += weight * self._discounted(x, 1.0, t_now, 0.0, u)
        rate = (self.r + x) / (self.alpha + t_now)
        return self.still_buying(x, t_x, t_now) * rate * half * total

    def none(
        self, x: Floats, t_x: Floats, t_now: Floats, start_days: float, end_days: float
    ) -> Floats:
        """Probability of no purchase from `start_days` to `end_days` after now."""
        wait = end_days - start_days
        survives = self._discounted(x, 0.0, t_now, 0.0, start_days)
        silent = self._discounted(x, 0.0, t_now, wait, start_days)
        silent *= ((self.alpha + t_now) / (self.alpha + t_now + wait)) ** (self.r + x)
        return 1 - self.still_buying(x, t_x, t_now) * (survives - silent)

    def log_likelihood(self, x: Floats, t_x: Floats, t_now: Floats) -> Floats:
        """Of each customer's history, up to a constant."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        betaln, gammaln = scipy.special.betaln, scipy.special.gammaln
        rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stayed = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + t_now)
        left = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b)
        left = np.where(x > 0, left - (r + x) * np.log(alpha + t_x), -np.inf)
        return rates + np.logaddexp(stayed, left)

    def log_active(self, t_now: Floats, within_days: float) -> Floats:
        """Log probability that the last purchase is at most so many days old.

        It is so for who has not dropped out `within_days` ago, less those of them who have been
        silent since; and for whoever is that new.
        """
        ages, place = np.unique(np.round(np.maximum(t_now - within_days, 0)), return_inverse=True)
        r, alpha, later = self.r, self.alpha, self.alpha + within_days
        hyp2f1 = scipy.special.hyp2f1
        survives = hyp2f1(r, self.a, self.a + self.b, -ages / alpha)
        silent = (alpha / later) ** r * hyp2f1(r, self.a, self.a + self.b, -ages / later)
        active = np.where(ages > 0, survives - silent, 1.0)
        return np.log(np.maximum(active, 1e-300))[place]

    def _discounted(self, x: Floats, more: float, t_now: Floats, wait: float, u: float) -> Floats:
        """Mean of (1 + p u / (alpha + t_now + wait)) ** -(r + x + more) over the posterior of p.

        The hypergeometric function of Euler's integral, its argument moved into [0, 1) by Pfaff.
        """
        z = u / (self.alpha + t_now + wait)
        first = self.a + self.b - self.r - more
        inner = scipy.special.hyp2f1(first, self.a, self.a + self.b + x, z / (1 + z))
        return (1 + z) ** -self.a * inner


def fit_buying(
    x: Floats, t_x: Floats, t_now: Floats, *, active_within_days: float | None = None
) -> Buying:
    """The parameters of greatest likelihood.

    Where only customers were observed whose last purchase was at most `active_within_days` old,
    each history counts given that; otherwise nobody would seem to drop out. The order of the
    customers changes no digit.
    """
    order = np.lexsort((t_now, t_x, x))
    x, t_x, t_now = x[order], t_x[order], t_now[order]

    def loss(logs: Floats) -> float:
        buying = _of(logs)
        told = buying.log_likelihood(x, t_x, t_now)
        if active_within_days is not None:
            told = told - buying.log_active(t_now, active_within_days)
        return -float(told.mean())

    start = np.log([1.0, float(t_now.mean() + 1) / float(x.mean() + 1), 0.5, 5.0])
    bounds = [(np.log(LEAST), np.log(MOST))] * len(start)
    with np.errstate(all="ignore"):
        found = scipy.optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    return _of(cast("Floats", found.x))


def _of(logs: Floats) -> Buying:
    r, alpha, a, b = map(float, np.exp(logs))
    return Buying(r=r, alpha=alpha, a=a, b=b)
