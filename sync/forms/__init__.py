"""What people fill in: an import, a sync's set-up, a run's confirmation."""

from sync.forms.imports import AddColumnsForm, ListImportForm, SourceForm
from sync.forms.runs import OverrideForm, ReleaseRemovalsForm
from sync.forms.setup import SyncSetupForm

__all__ = [
    "AddColumnsForm",
    "ListImportForm",
    "OverrideForm",
    "ReleaseRemovalsForm",
    "SourceForm",
    "SyncSetupForm",
]
