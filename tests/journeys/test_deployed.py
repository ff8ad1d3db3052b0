"""The flows on a real Prefect server, run by a real worker, as `prefect.yaml` deploys them."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings
from running import HOUSE
from shops import CUSTOMERS, make_shop, orders

from pipelines.data.ingest import ingest_sources
from pipelines.night.schedule import ScheduleParams
from pipelines.training import retrain
from pipelines.workspace import open_workspace
from serving.registry import Registry
from serving.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType"),
]

POOL, ZONE = "nights", "Asia/Jakarta"
PASSWORD = "jejak:s3cret-of-the-server"  # noqa: S105  # a canary
WEBHOOK = "https://alerts.example/s3cret-of-the-webhook"
DELIVERING = """
[alerts]
url = "env:JEJAK_ALERTS"

[[destinations]]
name = "handed"
kind = "files"

[destinations.fields]
churn = "churn_probability"
band = "risk_band"
"""


@pytest.fixture
def shop(tmp_path, mlflow_template):
    """A small shop with a champion, learned in this process."""
    root = make_shop(tmp_path / "shop", orders(40))
    shutil.copy(mlflow_template, root / "mlflow.db")
    with (root / "jejak.toml").open("a") as file:
        file.write(DELIVERING)
    snapshot = ingest_sources(root, None).snapshot
    place = open_workspace(root)
    until = place.cutoff(None)
    words = retrain.heard.fn(place, snapshot, until)
    registry = Registry(root)
    registry.promote(registry.record(retrain.learn.fn(place, snapshot, until, words).trial))
    return root


@contextmanager
def program(*words, env):
    """A program of Prefect's while the test goes on; what it says goes to its log."""
    with (
        open(env["LOG"], "ab") as log,  # noqa: PTH123
        subprocess.Popen(
            [sys.executable, "-m", "prefect", *words],
            cwd=HOUSE,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as running,
    ):
        try:
            yield running
        finally:
            running.terminate()


@pytest.fixture
def prefect(tmp_path):
    """A server of Prefect's behind a password, and the environment that reaches it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    env = outside | {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_API_URL": url,
        "PREFECT_API_AUTH_STRING": PASSWORD,
        "PREFECT_SERVER_API_AUTH_STRING": PASSWORD,
        "JEJAK_WORKSPACE": str(tmp_path / "shop"),
        "JEJAK_TIME_ZONE": ZONE,
        "JEJAK_WORK_POOL": POOL,
        "JEJAK_ALERTS": WEBHOOK,
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "LOG": str(tmp_path / "prefect.log"),
    }
    with ExitStack() as stack:
        stack.enter_context(program("server", "start", "--port", str(port), "--no-ui", env=env))
        stack.enter_context(
            temporary_settings({PREFECT_API_URL: url, PREFECT_API_AUTH_STRING: PASSWORD})
        )
        client = stack.enter_context(get_client(sync_client=True))
        yield client, env


def is_final(client, run):
    return client.read_flow_run(run.id).state.is_final()


def until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_worker_runs_the_night_that_was_deployed_and_prefect_learns_nothing(
    prefect, shop, tmp_path
):
    client, env = prefect
    until(lambda: client.api_healthcheck() is None)
    log = tmp_path / "prefect.log"
    with program("worker", "start", "--pool", POOL, "--type", "process", env=env):
        until(lambda: POOL in [pool.name for pool in client.read_work_pools()])
        with program("deploy", "--all", env=env) as deploying:
            assert deploying.wait(60) == 0, log.read_text()
        deployed = client.read_deployment_by_name("nightly/jejak")
        assert [one.schedule.timezone for one in deployed.schedules] == [ZONE]
        run = client.create_flow_run_from_deployment(deployed.id)
        until(lambda: is_final(client, run))
    ended = client.read_flow_run(run.id)
    assert ended.state.name == "Completed", (ended.state.message, log.read_text())
    with closing(Store(f"sqlite:///{shop / 'jejak.db'}")) as store:
        published = store.published()
    left = [one.data for one in client.read_artifacts() if one.key == "nightly"]
    assert len(left) == 1
    assert published.run.run_id in left[0]
    for told in ("G08", "handed", "risk_bands", "seconds_by_step"):
        assert told in left[0]
    kept = [path for path in (tmp_path / "prefect").rglob("*") if path.is_file()]
    assert "prefect.db" in [path.name for path in kept]
    secrets = (CUSTOMERS, WEBHOOK, "s3cret-of-the-server")
    found = [
        (path.name, one)
        for path in [*kept, log]
        for one in secrets
        if one.encode() in path.read_bytes()
    ]
    assert found == []


def test_what_is_deployed_runs_when_the_workspace_would():
    told = yaml.safe_load((HOUSE / "prefect.yaml").read_text())
    crons = {
        one["schedules"][0]["slug"]: one["schedules"][0]["cron"] for one in told["deployments"]
    }
    assert crons == {name: when.cron for name, when in ScheduleParams().times.items()}
    assert told["pull"] == []
