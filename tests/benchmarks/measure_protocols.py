"""Predictions for every fixed protocol, measured by an evaluator from outside.

Each script under `protocols/` takes the file that it is to write. The evaluator is called as
`evaluate.py score PROTOCOL FILE` and prints its metrics as JSON.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from bench_log import BUILD, HOUSE, append

SCRIPTS = sorted((Path(__file__).parent / "protocols").glob("*.py"))


def measure(evaluator: Path, script: Path) -> None:
    """Run one protocol's script, then the evaluator over what it wrote."""
    protocol = script.stem.replace("_", "-")
    predictions = BUILD / "protocols" / f"{protocol}.parquet"
    predictions.parent.mkdir(parents=True, exist_ok=True)
    shared = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, str(script), str(predictions)]
    subprocess.run(command, check=True, cwd=HOUSE, env=shared)
    command = [sys.executable, str(evaluator), "score", protocol, str(predictions)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    line = {"protocol": protocol, "metrics": json.loads(said.stdout)}
    append("protocols.jsonl", line)
    print(json.dumps(line))


def main() -> None:
    """Measure all of them, in the order of their names."""
    evaluator = Path(sys.argv[1] if len(sys.argv) > 1 else "")
    if not evaluator.is_file():
        sys.exit(f"no evaluator at '{evaluator}': make protocols EVALUATE=path/to/evaluate.py")
    for script in SCRIPTS:
        measure(evaluator.resolve(), script)


if __name__ == "__main__":
    main()
