"""What a benchmark reads out of the organisation's log of requests."""

from pathlib import Path

import pytest

from bench.calls import Calls, RequestLog, summarise

DATA = "/services/data/v64.0"


def line(second: float, call: str, *, status: int = 200) -> str:
    return f"2026-08-01 10:00:{second:06.3f}".replace(".", ",") + f" INFO {call} {status} 0.010s"


def test_calls_count_the_api_alone() -> None:
    lines = [
        line(1, f"GET {DATA}/limits"),
        line(2, "POST /services/Soap/u/64.0"),
        line(3, f"GET {DATA}/jobs/query/7501/results"),
        "2026-08-01 10:00:04,000 WARNING something else",
    ]
    assert summarise(lines).count == 2


def test_wait_lasts_from_the_handing_over_to_the_last_look() -> None:
    lines = [
        line(1, f"POST {DATA}/jobs/query"),
        line(1.5, f"GET {DATA}/jobs/query/7501"),
        line(3.25, f"GET {DATA}/jobs/query/7501"),
        line(9, f"GET {DATA}/jobs/query/7501/results"),
    ]
    assert summarise(lines).waiting_seconds == 2.25


def test_waits_of_several_jobs_add_up_and_uploads_are_no_wait() -> None:
    job = f"{DATA}/jobs/ingest/7502"
    lines = [
        line(1, f"POST {DATA}/jobs/ingest", status=201),
        line(5, f"PUT {job}/batches", status=201),
        line(6, f"PATCH {job}"),
        line(8, f"GET {job}"),
        line(20, f"PATCH {job}"),
        line(21, f"GET {job}"),
    ]
    assert summarise(lines).waiting_seconds == 3


def test_wait_for_a_batch_of_the_older_bulk_api_is_told_too() -> None:
    job = "/services/async/61.0/job/7503"
    lines = [
        line(1, "POST /services/async/61.0/job", status=201),
        line(2, f"POST {job}/batch", status=201),
        line(3, f"GET {job}/batch"),
        line(12, f"GET {job}/batch/7511"),
        line(13, f"POST {job}"),
        line(14, f"GET {job}/batch/7511/result"),
    ]
    assert summarise(lines) == Calls(6, 10)


def test_log_gives_each_call_once(tmp_path: Path) -> None:
    path = tmp_path / "requests.log"
    path.write_text(line(1, f"GET {DATA}/limits") + "\n")
    log = RequestLog(path)
    with path.open("a") as file:
        file.write(line(2, f"GET {DATA}/limits") + "\n")
    assert [log.read_new().count, log.read_new().count] == [1, 0]


def test_log_that_began_anew_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requests.log"
    path.write_text(line(1, f"GET {DATA}/limits") + "\n")
    log = RequestLog(path)
    path.write_text("")
    with pytest.raises(OSError, match="rotated"):
        log.read_new()


def test_work_that_is_done_while_a_job_is_on_its_way_is_no_wait() -> None:
    first, second = f"{DATA}/jobs/ingest/7502", f"{DATA}/jobs/ingest/7504"
    lines = [
        line(1, f"PATCH {first}"),
        line(4, f"PATCH {second}"),
        line(6, f"GET {first}"),
        line(7, f"GET {first}/successfulResults"),
        line(10, f"GET {second}"),
        line(13, f"GET {second}"),
        line(14, f"GET {second}/successfulResults"),
    ]
    assert summarise(lines).waiting_seconds == 5
