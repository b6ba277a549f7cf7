"""An organisation with the people and apps in it."""

import itertools
import json
from pathlib import Path

from tests.salesforce_simulator.protocols.oauth.walk import CALLBACK, Walk
from tests.salesforce_simulator.protocols.organisation_process import OrganisationProcess

_numbers = itertools.count(1)


class OAuthOrganisation(OrganisationProcess):
    """The process with the people and apps in it."""

    def everyone(self):
        return json.loads(Path(self.ready["credentials_file"]).read_text())

    def app(self, **definition):
        name = f"App {next(_numbers)}"
        return self.control("apps", {"name": name, "callback_urls": [CALLBACK], **definition})

    def walk(self, username=None, **definition):
        return Walk(self, self.app(**definition), username)
