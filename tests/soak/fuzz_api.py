"""`make fuzz-api`: for five minutes, schemathesis asks a dashboard what its description allows."""

import subprocess
import sys
from pathlib import Path

from tests.support.running import FlagGate, RunningDashboard

SECONDS = 300
# Valid options can contradict each other, and an address can belong to another call.
EXCLUDED = "positive_data_acceptance,unsupported_method,allow_header_conformance"


def test_the_api(tmp_path: Path) -> None:
    servers = tmp_path / "servers.toml"
    with FlagGate() as gate:
        servers.write_text(f'[servers]\nGATE = "{gate.template}"\n')
        with RunningDashboard(
            tmp_path, servers=servers, max_running=1, max_waiting=1000,
            changes_a_minute=1_000_000,
        ) as dashboard:  # fmt: skip
            for _ in range(100):  # jobs that wait for the gate; all others wait for them
                dashboard.submit(codes=["FR"], server="GATE")
            program = [sys.executable, "-m", "schemathesis.cli", "run"]
            options = ["--exclude-path-regex", "^/ws/", "--exclude-checks", EXCLUDED]
            subprocess.run(
                [*program, f"{dashboard.url}/api/openapi.json", *options, f"--max-time={SECONDS}"],
                cwd=tmp_path, check=True,
            )  # fmt: skip
