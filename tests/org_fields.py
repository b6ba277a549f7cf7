"""What an administrator does to the fields of a local organisation: makes, removes, hides them."""

import io
import time
from contextlib import contextmanager

from tests.salesforce_simulator.metadata_packages import field as field_xml
from tests.salesforce_simulator.metadata_packages import (
    fields_package,
    manifest,
    package,
)

LIMIT_SECONDS = 30
TEXT = "<length>80</length>"
NUMBER = "<precision>18</precision><scale>0</scale>"
PROFILE = "Parent.Profile.Name = 'System Administrator'"


class OrgFields:
    """The hand of an administrator; fields are named with their object: `Lead.Region__c`."""

    def __init__(self, org):
        self._org = org
        self._client = org.client()
        # The metadata part of simple-salesforce has a session of its own.
        session = self._client.mdapi._client.transport.session
        session.verify, session.trust_env = org.ca_file, False

    def add(self, field, kind="Text", more=TEXT, label=""):
        """Make a custom field and let the integration user read and write it."""
        sobject, _, name = field.partition(".")
        definition = field_xml(name, kind, more)
        if label:
            before = name.removesuffix("__c").replace("_", " ")
            definition = definition.replace(f"<label>{before}<", f"<label>{label}<")
        self._deploy(fields_package(sobject, definition))
        self.show(field, editable="<formula>" not in more)

    def add_texts(self, sobject, names):
        """Make many text fields at once."""
        self._deploy(fields_package(sobject, *(field_xml(name, "Text", TEXT) for name in names)))
        for name in names:
            self.show(f"{sobject}.{name}")

    def remove(self, field):
        """Delete a custom field."""
        removal = {"destructiveChanges.xml": manifest(CustomField=[field])}
        self._deploy(package(manifest(), removal))

    def hide(self, field):
        """Take the right to see a field away."""
        for grant in self._grants(field):
            self._client.FieldPermissions.delete(grant)

    def lock(self, field):
        """Take the right to change a field away."""
        for grant in self._grants(field):
            self._client.FieldPermissions.update(grant, {"PermissionsEdit": False})

    def show(self, field, *, editable=True):
        """Give the right to see a field, and to change it."""
        self.hide(field)
        found = self._client.query(
            "SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'"
        )
        self._client.FieldPermissions.create(
            {
                "ParentId": found["records"][0]["Id"],
                "SobjectType": field.partition(".")[0],
                "Field": field,
                "PermissionsRead": True,
                "PermissionsEdit": editable,
            }
        )

    def hide_object(self, sobject, *, hidden=True):
        """Take the right to read an object away, or give it back with all others."""
        found = self._client.query(
            f"SELECT Id FROM ObjectPermissions WHERE SobjectType = '{sobject}' AND {PROFILE}"
        )
        names = ("Read", "Create", "Edit", "Delete")
        rights = {f"Permissions{name}": not hidden for name in names}
        self._client.ObjectPermissions.update(found["records"][0]["Id"], rights)

    @contextmanager
    def narrowed_sharing(self, sobject):
        """Let the integration user see its own records alone, as long as the block lasts."""
        (profile,) = self._client.query(
            "SELECT Id FROM PermissionSet WHERE Profile.Name = 'System Administrator'"
        )["records"]
        (on_object,) = self._client.query(
            f"SELECT Id FROM ObjectPermissions WHERE SobjectType = '{sobject}' AND {PROFILE}"
        )["records"]

        def let(sees_all):
            everywhere = ("PermissionsViewAllData", "PermissionsModifyAllData")
            here = ("PermissionsViewAllRecords", "PermissionsModifyAllRecords")
            self._client.PermissionSet.update(profile["Id"], dict.fromkeys(everywhere, sees_all))
            self._client.ObjectPermissions.update(on_object["Id"], dict.fromkeys(here, sees_all))
            self._org.control(
                "POST", "rulebook", {"private_objects": [] if sees_all else [sobject]}
            )

        let(False)
        try:
            yield
        finally:
            let(True)

    def _grants(self, field):
        found = self._client.query(
            f"SELECT Id FROM FieldPermissions WHERE Field = '{field}' AND {PROFILE}"
        )
        return [grant["Id"] for grant in found["records"]]

    def _deploy(self, archive):
        job = self._client.deploy(io.BytesIO(archive), sandbox=True)
        limit = time.monotonic() + LIMIT_SECONDS
        while True:
            state = self._client.checkDeployStatus(job["asyncId"])
            if state["state"] not in {"Pending", "InProgress"}:
                break
            assert time.monotonic() < limit
            time.sleep(0.02)
        assert state["state"] == "Succeeded", state
