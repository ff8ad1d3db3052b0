"""What every test starts from: one thread, no telemetry, the same examples each time."""

import gc
import os
import shutil

# Before numpy, Polars and LightGBM are loaded: their thread pools are sized once, and several
# pools on few cores wait for each other more than they work.
for _threads in ("OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "POLARS_MAX"):
    os.environ.setdefault(f"{_threads}_THREADS", "1")
os.environ["DO_NOT_TRACK"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "120"

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

IN_CI = os.environ.get("CI") == "true"

settings.register_profile(
    "here", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("quick", settings.get_profile("here"), max_examples=8)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, max_examples=40)
settings.load_profile("ci" if IN_CI else os.environ.get("JEJAK_EXAMPLES", "here"))


# Millions of objects are made while libraries load and tests are found, and stay to the end: to
# look again and again whether they may go takes a third of that time.
gc.disable()


def pytest_collection_finish():
    """From here on garbage is collected; what has been loaded is none and not looked at."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """With CI=true a test that would be skipped fails: nothing may be missing there."""
    report = yield
    return _refuse_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Likewise for a whole file that would be skipped."""
    report = yield
    return _refuse_skip(report)


def _refuse_skip(report):
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI=true does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def mlflow_template(tmp_path_factory):
    """An empty MLflow database, migrated once a run: to be copied, never opened."""
    from prepared import once  # noqa: PLC0415  so does the next

    def make(folder):
        from mlflow import MlflowClient  # noqa: PLC0415  importing MLflow takes seconds

        MlflowClient(f"sqlite:///{folder / 'mlflow.db'}").search_experiments()

    return once(tmp_path_factory, "mlflow", make) / "mlflow.db"


@pytest.fixture(scope="session")
def trained(tmp_path_factory, mlflow_template):
    """A shop ingested and trained once a run: `trained.copy(folder)` is a shop of one's own."""
    from prepared import trained_in  # noqa: PLC0415  few tests need it

    return trained_in(tmp_path_factory, mlflow_template)


@pytest.fixture
def shop(trained, tmp_path):
    """A trained shop of the test's own, moved to another folder after it was trained."""
    return trained.copy(tmp_path / "moved")


@pytest.fixture(scope="session")
def postgres():
    """A server of PostgreSQL for the session, with a template of an empty store."""
    import sqlalchemy as sa  # noqa: PLC0415  no test without a database should wait for it
    from postgres import server  # noqa: PLC0415

    from serving.store import Store  # noqa: PLC0415

    with server() as url:
        admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with admin.connect() as connection:
            connection.execute(sa.text("CREATE DATABASE store"))
        Store(url.set(database="store").render_as_string(hide_password=False)).close()
        yield url


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """An empty store in SQLite, migrated once a session: to be copied."""
    from serving.store import Store  # noqa: PLC0415

    file = tmp_path_factory.mktemp("empty") / "jejak.db"
    Store(f"sqlite:///{file}").close()
    return file


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store_url(request, tmp_path):
    """Where an empty store lies: in each database that it knows."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("empty_store"), tmp_path / "jejak.db")
        yield f"sqlite:///{tmp_path / 'jejak.db'}"
        return
    from postgres import database  # noqa: PLC0415

    with database(request.getfixturevalue("postgres"), template="store") as url:
        yield url.render_as_string(hide_password=False)
