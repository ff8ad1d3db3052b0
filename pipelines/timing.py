"""The clock, the pause and the chance of this machine."""

import random
import time
from datetime import UTC, datetime

from serving.timing import Timing

HERE = Timing(
    now=lambda: datetime.now(UTC),
    sleep=time.sleep,
    chance=random.random,
)
