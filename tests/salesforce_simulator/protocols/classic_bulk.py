"""Jobs of the first Bulk API over bare HTTP."""

import time

from defusedxml import ElementTree

SPACE = "{http://www.force.com/2009/06/asyncapi/dataload}"
XML, JSON, CSV = "application/xml; charset=UTF-8", "application/json", "text/csv; charset=UTF-8"
DONE = {"Completed", "Failed", "NotProcessed"}


def fields(text):
    """Return the children of an XML element as a dict; they are in the API's namespace."""
    root = ElementTree.fromstring(text)
    assert all(child.tag.startswith(SPACE) for child in root)
    return {child.tag.removeprefix(SPACE): child.text for child in root}


class ClassicJobs:
    """Talks to ``/services/async`` as the organisation's integration user."""

    def __init__(self, organisation, version="60.0"):
        session_id, _ = organisation.login()
        self.session = organisation.session()
        self.session.headers["X-SFDC-Session"] = session_id
        self.url = f"{organisation.url}/services/async/{version}"

    def call(self, method, path, data=None, content_type=XML, **headers):
        headers = {"Content-Type": content_type, **headers}
        return self.session.request(method, self.url + path, data=data, headers=headers)

    def create(self, operation="insert", sobject="Lead", content_type="CSV", headers=None, **more):
        parts = {"operation": operation, "object": sobject, "contentType": content_type, **more}
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())
        body = f'<jobInfo xmlns="{SPACE[1:-1]}">{inner}</jobInfo>'
        return self.call("POST", "/job", body, **(headers or {}))

    def open(self, *arguments, **parts):
        reply = self.create(*arguments, **parts)
        assert reply.status_code == 201, reply.text
        return fields(reply.text)["id"]

    def add(self, job_id, data, content_type=CSV):
        reply = self.call("POST", f"/job/{job_id}/batch", data, content_type)
        assert reply.status_code == 201, reply.text
        return self.body(reply)["id"]

    def job(self, job_id):
        return fields(self.call("GET", f"/job/{job_id}").text)

    def batches(self, job_id):
        reply = self.call("GET", f"/job/{job_id}/batch")
        return [fields(ElementTree.tostring(each)) for each in ElementTree.fromstring(reply.text)]

    def wait(self, job_id, limit=30):
        """Return the batches when all are done."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            batches = self.batches(job_id)
            if all(batch["state"] in DONE for batch in batches):
                return batches
        raise AssertionError(f"batches of {job_id} are not done: {batches}")

    def set_state(self, job_id, state):
        body = f'<jobInfo xmlns="{SPACE[1:-1]}"><state>{state}</state></jobInfo>'
        return self.call("POST", f"/job/{job_id}", body)

    def result(self, job_id, batch_id, rest=""):
        return self.call("GET", f"/job/{job_id}/batch/{batch_id}/result{rest}")

    def body(self, reply):
        """Return a job, a batch or an error as a dict, whatever its form."""
        return reply.json() if reply.headers["Content-Type"] == JSON else fields(reply.text)

    def error(self, reply):
        body = self.body(reply)
        return reply.status_code, body["exceptionCode"], body["exceptionMessage"]
