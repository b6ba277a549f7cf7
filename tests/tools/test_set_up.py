"""Setting up: which Python, when to do nothing, and what pip is taken from where."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import bootstrap_pip, set_up


def write_program(path: Path, status: int) -> None:
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PYTHON", raising=False)
    return tmp_path


def test_newest_python_is_chosen_when_several_are_installed(path_folder: Path) -> None:
    for name in ("python3", "python3.11", "python3.12"):
        write_program(path_folder / name, 0)
    assert set_up.find_python() == str(path_folder / "python3.12")


def test_python_that_does_not_start_is_passed_over(path_folder: Path) -> None:
    write_program(path_folder / "python3.13", 127)  # as a version manager's shim answers
    write_program(path_folder / "python3", 0)
    assert set_up.find_python() == str(path_folder / "python3")


def test_sentence_says_what_to_install_when_every_python_is_too_old(path_folder: Path) -> None:
    write_program(path_folder / "python3", 1)
    with pytest.raises(set_up.SetUpError, match=r"Python 3\.11 or newer is needed"):
        set_up.find_python()


def test_chosen_python_is_taken_although_a_newer_one_is_installed(
    path_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python3.13", "python3.12"):
        write_program(path_folder / name, 0)
    monkeypatch.setenv("PYTHON", "python3.12")
    assert set_up.find_python() == str(path_folder / "python3.12")


def test_no_other_python_takes_the_place_of_a_chosen_one_that_is_too_old(
    path_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(path_folder / "python3.13", 0)
    write_program(path_folder / "python3.9", 1)
    monkeypatch.setenv("PYTHON", "python3.9")
    with pytest.raises(set_up.SetUpError, match=r"looked for python3\.9"):
        set_up.find_python()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was set up for running."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    write_program(tmp_path / "python-in-use", 0)
    (tmp_path / ".venv/bin/python").symlink_to(tmp_path / "python-in-use")
    (tmp_path / "requirements.txt").write_text("django==5.2.19\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\n")
    monkeypatch.setattr(set_up, "ROOT", tmp_path)
    monkeypatch.setattr(set_up, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(set_up, "VENV_PYTHON", tmp_path / ".venv/bin/python")
    set_up.write_stamp("run")
    return tmp_path


def test_nothing_is_to_do_when_nothing_changed(project: Path) -> None:
    assert set_up.is_up_to_date("run")


def test_environment_for_development_serves_running_too(project: Path) -> None:
    set_up.stamp_path("run").unlink()
    set_up.write_stamp("dev")
    assert set_up.is_up_to_date("run")


def test_environment_for_running_does_not_serve_development(project: Path) -> None:
    assert not set_up.is_up_to_date("dev")


def test_set_up_is_due_when_a_requirement_changed(project: Path) -> None:
    (project / "requirements.txt").write_text("django==5.2.20\n")
    assert not set_up.is_up_to_date("run")


def test_set_up_is_due_when_the_machine_has_another_python(project: Path) -> None:
    write_program(project / "newer-python", 0)
    link = project / ".venv/bin/python"
    link.unlink()
    link.symlink_to(project / "newer-python")
    assert not set_up.is_up_to_date("run")
    assert not set_up.is_sound()


def test_set_up_is_due_when_it_was_interrupted(project: Path) -> None:
    set_up.stamp_path("run").write_text(json.dumps(set_up.make_stamp("run"))[:20])
    assert not set_up.is_up_to_date("run")


WHEEL = b"the wheel"


class Index(BaseHTTPRequestHandler):
    """A package index that offers one wheel."""

    def do_GET(self) -> None:
        page = f'<a href="../files/{bootstrap_pip.WHEEL}#sha256=0">wheel</a>'.encode()
        body = WHEEL if self.path == f"/simple/files/{bootstrap_pip.WHEEL}" else page
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Stay silent."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple/")
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def test_pip_comes_from_the_index_that_the_operator_chose(
    index: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap_pip, "SHA256", hashlib.sha256(WHEEL).hexdigest())
    assert bootstrap_pip.fetch_wheel() == WHEEL


@pytest.mark.threat("T26")
def test_pip_is_refused_when_it_is_not_the_published_file(index: None) -> None:
    with pytest.raises(bootstrap_pip.PipError, match="not the file that was published"):
        bootstrap_pip.fetch_wheel()


def test_sentence_names_the_ways_out_when_no_index_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    with pytest.raises(bootstrap_pip.PipError, match="PIP_INDEX_URL"):
        bootstrap_pip.fetch_wheel()
