"""What people fill in: an import, a sync's set-up, a run's confirmation."""

from sync.forms.imports import (
    AddColumnsForm,
    ListImportForm,
    NameForm,
    SourceForm,
    SourceSearchForm,
)
from sync.forms.runs import OverrideForm, ReleaseRemovalsForm
from sync.forms.setup import SyncSetupForm

__all__ = [
    "AddColumnsForm",
    "ListImportForm",
    "NameForm",
    "OverrideForm",
    "ReleaseRemovalsForm",
    "SourceForm",
    "SourceSearchForm",
    "SyncSetupForm",
]
