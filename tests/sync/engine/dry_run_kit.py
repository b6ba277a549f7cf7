"""A dry run, and what it must leave as it is."""

from django.apps import apps

from connectors.models import Connection
from sync.engine.runner import execute_run
from sync.models import SyncRun
from sync.services import preview

# What a dry run does leave: its own row, the lease that it held, the calls that it really made,
# and that somebody asked for it.
OWN_TABLES = {"sync.SyncRun", "sync.AccountLease", "connectors.ApiUsage", "accounts.AuditEvent"}


def look(sync, job, setup=None):
    """Do a dry run of the job, and return it."""
    run = preview(job=job, actor=sync.actor, setup=setup)
    assert execute_run(run.pk)
    return SyncRun.objects.select_related("job__list").get(pk=run.pk)


def read_tables():
    """Return every row of every table but those that a dry run has to write."""
    return {
        model._meta.label: sorted(map(repr, model._base_manager.values_list(*_columns(model))))
        for model in apps.get_models()
        if model._meta.label not in OWN_TABLES
    }


def _columns(model):
    """Return a table's columns but those that any call to Salesforce renews."""
    names = [field.attname for field in model._meta.concrete_fields]
    return [name for name in names if not name.startswith("api_") or model is not Connection]


def called(sync):
    """Return method and path of the calls to the organisation's APIs."""
    calls = [(call["method"], call["path"]) for call in sync.org.calls()]
    return [(method, path) for method, path in calls if "/__control__/" not in path]
