"""tap-salesforce into meltanolabs-target-postgres: two processes and a pipe between them.

What they cost is that of both processes, from their start: they have no inside to measure from.
"""

import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.measuring import read_task, report

SCHEMA = "peer_singer"


class SingerError(Exception):
    """One of the two ended badly; the message is the end of what it said."""


def write_files(task: dict[str, Any], directory: Path) -> None:
    """Write the configurations, and the catalog of one stream with the wanted fields."""
    tap = {
        "client_id": "-",
        "client_secret": "-",
        "refresh_token": "-",
        "start_date": "2000-01-01T00:00:00Z",
        "api_type": "REST",  # by Bulk API it would sleep 20 s between two looks at the job
        "select_fields_by_default": "false",
        "quota_percent_total": "100",
        "quota_percent_per_run": "100",
    }
    url = task["database_url"].replace("postgres://", "postgresql+psycopg://", 1)
    target = {"sqlalchemy_url": url, "default_target_schema": SCHEMA}
    (directory / "tap.json").write_text(json.dumps(tap))
    (directory / "target.json").write_text(json.dumps(target))
    discovered = subprocess.run(
        [*tap_command(task, directory), "--discover"],
        env=environment(task),
        capture_output=True,
        text=True,
        check=False,
    )
    if discovered.returncode:
        raise SingerError(discovered.stderr[-2000:])
    (directory / "catalog.json").write_text(json.dumps(select_leads(discovered.stdout, task)))


def select_leads(discovered: str, task: dict[str, Any]) -> dict[str, Any]:
    """Return the catalog with the one stream, and in it only the fields of the task."""
    wanted = {"Id", "SystemModstamp", *task["fields"]}
    streams = json.loads(discovered)["streams"]
    (leads,) = [stream for stream in streams if stream["stream"] == "Lead"]
    for entry in leads["metadata"]:
        is_field = bool(entry["breadcrumb"])
        if not is_field or entry["metadata"].get("inclusion") == "available":
            entry["metadata"]["selected"] = not is_field or entry["breadcrumb"][-1] in wanted
    return {"streams": [leads]}


def tap_command(task: dict[str, Any], directory: Path) -> list[str]:
    """Return the command of the tap, without what it is to do."""
    program = str(Path(__file__).with_name("singer_tap.py"))
    return [task["tap_python"], program, "--config", str(directory / "tap.json")]


def environment(task: dict[str, Any]) -> dict[str, str]:
    """Return the environment of the tap."""
    return {**os.environ, "BENCH_ORGANISATION": json.dumps(task["organisation"])}


def transfer(task: dict[str, Any], directory: Path) -> None:
    """Run both to their end."""
    read = [*tap_command(task, directory), "--properties", str(directory / "catalog.json")]
    write = [str(Path(task["target_python"]).with_name("target-postgres"))]
    write += ["--config", str(directory / "target.json")]
    said = [directory / "tap.log", directory / "target.log"]
    with said[0].open("w") as tap_log, said[1].open("w") as target_log:
        tap = subprocess.Popen(read, env=environment(task), stdout=subprocess.PIPE, stderr=tap_log)
        target = subprocess.Popen(
            write, stdin=tap.stdout, stdout=subprocess.DEVNULL, stderr=target_log
        )
        if tap.stdout:
            tap.stdout.close()  # the target's end is then seen by the tap
        codes = [tap.wait(), target.wait()]
    for code, log in zip(codes, said, strict=True):
        if code:
            raise SingerError(log.read_text()[-2000:])


def main() -> None:
    """Measure the transfer from the start of both processes to their end."""
    task = read_task()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_files(task, directory)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        transfer(task, directory)
        wall = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with psycopg.connect(task["database_url"]) as connection:
        row = connection.execute(f'SELECT count(*) FROM {SCHEMA}."Lead"').fetchone()  # noqa: S608 - a name of ours
    report(
        {
            "records": row[0] if row else 0,
            "wall_seconds": wall,
            "processor_seconds": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
            "peak_memory_mb": used.ru_maxrss / 1024,
        }
    )


if __name__ == "__main__":
    main()
