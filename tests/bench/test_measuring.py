import subprocess
import sys

from bench.measuring import read_processor_seconds

WORK = "sum(range(3_000_000)); import sys; sys.stdout.write('done\\n'); sys.stdin.read()"


def test_processor_time_is_that_of_the_process_and_nothing_once_it_has_ended():
    process = subprocess.Popen(
        [sys.executable, "-c", WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "done\n"
    assert read_processor_seconds(process.pid) > 0
    process.communicate()
    assert read_processor_seconds(process.pid) == 0
