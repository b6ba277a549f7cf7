"""The pages of folders, lists and records."""

from lists.views.folders import folder_add, folder_delete, folder_rename, marketing_lists
from lists.views.lists import list_delete, list_export, list_move, list_rename
from lists.views.records import list_records, record_detail, record_edit_cell
from lists.views.upload import list_upload

__all__ = [
    "folder_add",
    "folder_delete",
    "folder_rename",
    "list_delete",
    "list_export",
    "list_move",
    "list_records",
    "list_rename",
    "list_upload",
    "marketing_lists",
    "record_detail",
    "record_edit_cell",
]
