"""Whom to contact: bands, health, money at risk, the next action, and who is held out."""

from models.judging.profit import profit_cut
from serving.decide.bands import (
    band_begins,
    bands_by_capacity,
    bands_told,
    reasons_begin,
    risk_bands,
)
from serving.decide.columns import ARMS
from serving.decide.deciding import RULE, Decided, decide
from serving.decide.experiment import Enrolment, ExperimentParams
from serving.decide.params import BANDS, DecideParams
from serving.decide.plays import Play
from serving.decide.power import Knowing, knowing
from serving.decide.standing import Playbook, Standing
from serving.decide.worth import value_at_risk, yearly_value

__all__ = [
    "ARMS",
    "BANDS",
    "RULE",
    "DecideParams",
    "Decided",
    "Enrolment",
    "ExperimentParams",
    "Knowing",
    "Play",
    "Playbook",
    "Standing",
    "band_begins",
    "bands_by_capacity",
    "bands_told",
    "decide",
    "knowing",
    "profit_cut",
    "reasons_begin",
    "risk_bands",
    "value_at_risk",
    "yearly_value",
]
