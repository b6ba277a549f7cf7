"""Rules that hold for every model, template and requirement, also for those written tomorrow."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from acton_connector.accounts.models import Membership
from acton_connector.accounts.scope import AccountOwned, NoAccountInScopeError
from sync.models import AccountLease

pytestmark = pytest.mark.one_engine

ROOT = Path(settings.BASE_DIR)
PACKAGES = (
    "acton_connector",
    "connectors",
    "lists",
    "messaging",
    "prospects",
    "sync",
    "salesforce_simulator",
    "tools",
)
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
# Read before an account is known: who belongs to which, and which account may run now.
READ_ACROSS_ACCOUNTS = {Membership, AccountLease}

OWNED_MODELS = [
    model
    for model in apps.get_models()
    if any(field.attname == "account_id" for field in model._meta.concrete_fields)
    and model not in READ_ACROSS_ACCOUNTS
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|javascript:",
    re.IGNORECASE,
)
UNESCAPED = re.compile(r"\|\s*safe(seq)?\b|{%\s*autoescape\s+off")


def python_files() -> list[Path]:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(path for path in files if "migrations" not in path.parts)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.threat("T1")
@pytest.mark.django_db
@pytest.mark.parametrize("model", OWNED_MODELS, ids=lambda model: model._meta.label)
def test_model_of_an_account_refuses_queries_outside_any_scope(model: type[models.Model]) -> None:
    assert issubclass(model, AccountOwned)
    with pytest.raises(NoAccountInScopeError):
        model.objects.count()


@pytest.mark.threat("T17")
@pytest.mark.parametrize("template", TEMPLATES, ids=relative)
def test_template_has_nothing_inline_and_escapes_everything(template: Path) -> None:
    text = template.read_text()
    assert not INLINE.findall(text)
    assert not UNESCAPED.findall(text)


@pytest.mark.threat("T17")
def test_no_module_marks_text_as_safe() -> None:
    marking = [path for path in python_files() if "mark_safe" in path.read_text()]
    assert [relative(path) for path in marking] == []


@pytest.mark.threat("T21")
def test_worker_reads_json_alone() -> None:
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_TASK_SERIALIZER == "json"


@pytest.mark.threat("T26")
@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_to_one_version(name: str) -> None:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    required = [line for line in lines if line and not line.startswith("-r ")]
    assert [line for line in required if not re.search(r"^[\w\[\].-]+==[\w.]+$", line)] == []


def test_no_module_is_longer_than_the_house_allows() -> None:
    lengths = {relative(path): len(path.read_text().splitlines()) for path in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_the_house_allows() -> None:
    long = {
        f"{relative(path)}:{node.lineno}": lines
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}
