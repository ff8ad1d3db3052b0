"""Who is told when a night stops: the webhook that a workspace names, or nobody."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.workspace import Workspace

PREFIX = "env:"
CALLS_A_SECOND = 1


@dataclass(frozen=True, kw_only=True)
class AlertParams:
    """Where it is told that a night stopped: `url` is `env:NAME` of a webhook, or empty.

    The webhook is given JSON with one `text`, as Slack, Teams and Mattermost take it.
    """

    url: str = ""

    def __post_init__(self) -> None:
        """Refuse an address in the file: whoever knows it may post there."""
        prefix, variable = self.url[: len(PREFIX)], self.url[len(PREFIX) :]
        if self.url and not (prefix == PREFIX and variable.isidentifier()):
            msg = 'url names no variable; write "env:" and the name of one that holds the address'
            raise ValueError(msg)


def alert(workspace: "Workspace", text: str = "") -> None:
    """Tell a text, if there is one, and what earlier runs could not tell.

    Nothing of this changes how a run ends: what cannot be told waits for the next run.
    """
    url = workspace.settings.alerts.url
    if not url:
        return
    from pipelines.timing import HERE
    from serving.alerts import queue_alert, send_alerts  # the libraries of the network take 0.3 s
    from serving.delivery.pace import Pace
    from serving.destinations.destination import Tools
    from serving.secret import Secret

    folder, variable = workspace.root / "alerts", url.removeprefix(PREFIX)
    try:
        if text:
            queue_alert(folder, text, HERE.now())
        if os.environ.get(variable):
            pace = Pace(HERE, calls=CALLS_A_SECOND, seconds=1.0)
            tools = Tools(pacer=pace, timing=HERE, folder=workspace.root)
            send_alerts(folder, Secret(lambda: os.environ.get(variable, "")), tools)
    except OSError:  # a full disk must not hide what the run has to say
        return
