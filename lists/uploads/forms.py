"""The form of an upload."""

from typing import Any

from django import forms

from lists.uploads.services import maximum_bytes, say_too_large


class UploadForm(forms.Form):
    """A CSV file. What it must hold, the upload itself says."""

    file = forms.FileField(
        label="CSV file",
        allow_empty_file=True,
        max_length=None,
        error_messages={"required": "Choose a file.", "invalid": "Choose a file."},
    )

    def __init__(self, data: object = None, files: object = None, **options: Any) -> None:
        super().__init__(data, files, **options)  # type: ignore[arg-type]  # what a request holds
        # The browser refuses what we would refuse, before it is sent (static/js/file_limit.js).
        self.fields["file"].widget = forms.FileInput(
            attrs={
                "accept": ".csv,.tsv,.txt,text/csv",
                "data-max-bytes": str(maximum_bytes()),
                "data-too-large": say_too_large(),
            }
        )
