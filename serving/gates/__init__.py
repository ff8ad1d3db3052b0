"""May tonight's scores replace yesterday's?"""

from serving.gates.checking import CODES, GatesFailed, Judged, check_codes, judged
from serving.gates.fit import fit_rows
from serving.gates.params import GateParams
from serving.gates.tonight import Last, Tonight

__all__ = [
    "CODES",
    "GateParams",
    "GatesFailed",
    "Judged",
    "Last",
    "Tonight",
    "check_codes",
    "fit_rows",
    "judged",
]
