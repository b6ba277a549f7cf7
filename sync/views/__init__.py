"""The pages of imports, set-ups and runs, and the dashboard."""

from sync.views.aside import sync_column_aside
from sync.views.calendar import calendar, calendar_stagger
from sync.views.chosen_sources import list_import_choose, list_import_finish
from sync.views.dashboard import dashboard
from sync.views.files import list_import_file, sync_mapping
from sync.views.imports import list_import, list_import_fields
from sync.views.notices import notices
from sync.views.queue import queue
from sync.views.runs import (
    list_sync_state,
    run_cancel,
    run_detail,
    run_release_removals,
    runs,
)
from sync.views.setup import (
    sync_add_columns,
    sync_preview,
    sync_run_now,
    sync_schedule_preview,
    sync_setup,
)
from sync.views.webhooks import webhook, webhook_new_secret, webhook_remove, webhook_test

__all__ = [
    "calendar",
    "calendar_stagger",
    "dashboard",
    "list_import",
    "list_import_choose",
    "list_import_fields",
    "list_import_file",
    "list_import_finish",
    "list_sync_state",
    "notices",
    "queue",
    "run_cancel",
    "run_detail",
    "run_release_removals",
    "runs",
    "sync_add_columns",
    "sync_column_aside",
    "sync_mapping",
    "sync_preview",
    "sync_run_now",
    "sync_schedule_preview",
    "sync_setup",
    "webhook",
    "webhook_new_secret",
    "webhook_remove",
    "webhook_test",
]
