"""Calls to the Analytics API of an organisation process."""

import time

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportCalls:
    """A user's calls; each returns the reply, and `ok` the body of one that must succeed."""

    def __init__(self, client):
        self.client = client
        self.path = f"{client.base_url}analytics/reports"

    def call(self, method, path="", **parts):
        headers = {**self.client.headers, **parts.pop("headers", {})}
        return self.client.session.request(method, self.path + path, headers=headers, **parts)

    def ok(self, method, path="", **parts):
        reply = self.call(method, path, **parts)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def id_of(self, name):
        """Return the id of the report with this name."""
        found = self.client.query(f"SELECT Id FROM Report WHERE Name = '{name}'")["records"]
        return found[0]["Id"]

    def run(self, report_id, metadata=None, *, details=True):
        """Run a report synchronously; with `metadata` by POST."""
        path = f"/{report_id}?includeDetails={'true' if details else 'false'}"
        if metadata is None:
            return self.ok("GET", path)
        return self.ok("POST", path, json={"reportMetadata": metadata})

    def error(self, method, path="", **parts):
        """Return status, code and text of a call that must fail."""
        reply = self.call(method, path, **parts)
        (error,) = reply.json()
        return reply.status_code, error["errorCode"], error["message"]

    def new(self, **metadata):
        """Save a report in the user's private folder and return its id."""
        return self.ok("POST", json={"reportMetadata": metadata})["reportMetadata"]["id"]

    def finished(self, report_id, instance_id):
        """Return an instance's body once it has ended."""
        for _ in range(200):
            body = self.ok("GET", f"/{report_id}/instances/{instance_id}")
            if body["attributes"]["status"] in {"Success", "Error"}:
                return body
            time.sleep(0.05)
        raise AssertionError(f"instance {instance_id} does not end")


def rows_of(body, key="T!T"):
    """Return the rows of a cell of the fact map as lists of cells."""
    return [row["dataCells"] for row in body["factMap"][key]["rows"]]


def labels(body, key="T!T"):
    """Return the labels of a cell's rows."""
    return [[cell["label"] for cell in row] for row in rows_of(body, key)]


def values(body, key="T!T"):
    """Return the values of a cell's rows."""
    return [[cell["value"] for cell in row] for row in rows_of(body, key)]
