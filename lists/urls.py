"""Pages under `/a/<account>/`."""

from django.urls import path

from lists import views

LIST = "contacts/lists/<int:list_id>/"
RECORD = f"{LIST}records/<uuid:record_id>/"

urlpatterns = [
    path("contacts/lists/", views.marketing_lists, name="marketing_lists"),
    path("contacts/lists/folders/add/", views.folder_add, name="folder_add"),
    path(
        "contacts/lists/folders/<int:folder_id>/rename/", views.folder_rename, name="folder_rename"
    ),
    path(
        "contacts/lists/folders/<int:folder_id>/delete/", views.folder_delete, name="folder_delete"
    ),
    path(f"{LIST}records/", views.list_records, name="list_records"),
    path(RECORD, views.record_detail, name="record_detail"),
    path(f"{RECORD}cells/<path:key>/", views.record_edit_cell, name="record_edit_cell"),
    path(f"{LIST}rename/", views.list_rename, name="list_rename"),
    path(f"{LIST}move/", views.list_move, name="list_move"),
    path(f"{LIST}delete/", views.list_delete, name="list_delete"),
    path(f"{LIST}export/", views.list_export, name="list_export"),
    path(f"{LIST}upload/", views.list_upload, name="list_upload"),
]
