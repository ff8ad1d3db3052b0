"""When does it happen, and with which settings?"""

from pipelines import environment

environment.opt_out()
