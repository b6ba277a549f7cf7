"""Pages under `/a/<account>/`."""

from django.urls import path

from sync import views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("contacts/lists/import/", views.list_import, name="list_import"),
    path("contacts/lists/import/file/", views.list_import_file, name="list_import_file"),
    path("contacts/lists/import/<slug:kind>/", views.list_import_fields, name="list_import_fields"),
    path(
        "contacts/lists/import/<slug:chosen_kind>/choose/",
        views.list_import_choose,
        name="list_import_choose",
    ),
    path(
        "contacts/lists/import/<slug:chosen_kind>/choose/<slug:source_id>/",
        views.list_import_finish,
        name="list_import_finish",
    ),
    path("contacts/lists/<int:list_id>/sync/", views.sync_setup, name="sync_setup"),
    path(
        "contacts/lists/<int:list_id>/sync/schedule/",
        views.sync_schedule_preview,
        name="sync_schedule_preview",
    ),
    path(
        "contacts/lists/<int:list_id>/sync/columns/",
        views.sync_add_columns,
        name="sync_add_columns",
    ),
    path(
        "contacts/lists/<int:file_list_id>/sync/mapping/", views.sync_mapping, name="sync_mapping"
    ),
    path("contacts/lists/<int:list_id>/sync/preview/", views.sync_preview, name="sync_preview"),
    path(
        "contacts/lists/<int:list_id>/sync/columns/<int:column_id>/",
        views.sync_column_aside,
        name="sync_column_aside",
    ),
    path("contacts/lists/<int:list_id>/sync/run/", views.sync_run_now, name="sync_run_now"),
    path("contacts/lists/<int:list_id>/sync/state/", views.list_sync_state, name="list_sync_state"),
    path("settings/account/webhook/", views.webhook, name="webhook"),
    path("settings/account/webhook/secret/", views.webhook_new_secret, name="webhook_new_secret"),
    path("settings/account/webhook/test/", views.webhook_test, name="webhook_test"),
    path("settings/account/webhook/remove/", views.webhook_remove, name="webhook_remove"),
    path("sync/notices/", views.notices, name="notices"),
    path("sync/queue/", views.queue, name="queue"),
    path("sync/calendar/", views.calendar, name="calendar"),
    path("sync/calendar/stagger/", views.calendar_stagger, name="calendar_stagger"),
    path("sync/runs/", views.runs, name="runs"),
    path("sync/runs/<int:run_id>/", views.run_detail, name="run_detail"),
    path("sync/runs/<int:run_id>/cancel/", views.run_cancel, name="run_cancel"),
    path(
        "sync/runs/<int:run_id>/release/",
        views.run_release_removals,
        name="run_release_removals",
    ),
]
