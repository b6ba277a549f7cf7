"""Results in the order of the API's WSDL; what does not apply is None."""

from base64 import b64encode
from typing import Any

from salesforce_simulator.organisation.metadata.results import (
    DeployJob,
    DeployMessage,
    DeployOptions,
    FileProperties,
    RetrieveJob,
    SaveOutcome,
    Status,
)
from salesforce_simulator.organisation.metadata.schema import schema

_STATES = {
    Status.PENDING: "Queued",
    Status.IN_PROGRESS: "InProgress",
    Status.CANCELING: "InProgress",
}


def deploy_result(job: DeployJob, *, with_details: bool) -> dict[str, Any]:
    """Return a DeployResult."""
    return {
        "canceledBy": job.canceled_by,
        "canceledByName": job.canceled_by_name,
        "checkOnly": job.options.check_only,
        "completedDate": job.completed_at,
        "createdBy": job.created_by,
        "createdByName": job.created_by_name,
        "createdDate": job.created_at,
        "details": _details(job) if with_details else {},
        "done": job.done,
        "errorMessage": job.error_message,
        "errorStatusCode": job.error_code,
        "id": job.id,
        "ignoreWarnings": job.options.ignore_warnings,
        "lastModifiedDate": job.modified_at,
        "numberComponentErrors": job.errors,
        "numberComponentsDeployed": job.deployed,
        "numberComponentsTotal": job.total,
        "numberTestErrors": 0,
        "numberTestsCompleted": 0,
        "numberTestsTotal": 0,
        "rollbackOnError": job.options.rollback_on_error,
        "runTestsEnabled": job.options.test_level not in {None, "NoTestRun"},
        "startDate": job.started_at,
        "stateDetail": job.state_detail,
        "status": str(job.status),
        "success": job.success,
    }


def async_result(job: DeployJob | RetrieveJob) -> dict[str, Any]:
    """Return an AsyncResult."""
    failed = job.status == Status.FAILED
    state = _STATES.get(job.status, "Error" if failed else "Completed")
    return {
        "done": job.done,
        "id": job.id,
        "message": job.error_message if failed else None,
        "state": state,
        "statusCode": job.error_code if failed else None,
    }


def _details(job: DeployJob) -> dict[str, Any]:
    when = job.completed_at or job.modified_at
    return {
        "componentFailures": [_message(m, when) for m in job.messages if not m.success],
        "componentSuccesses": [_message(m, when) for m in job.messages if m.success],
        "retrieveResult": None,
        "runTestResult": {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0},
    }


def _message(message: DeployMessage, when: str) -> dict[str, Any]:
    return {
        "changed": message.changed,
        "columnNumber": message.column,
        "componentType": message.component_type,
        "created": message.created,
        "createdDate": when,
        "deleted": message.deleted,
        "fileName": message.file_name,
        "fullName": message.full_name,
        "id": message.id,
        "lineNumber": message.line,
        "problem": message.problem,
        "problemType": message.problem_type,
        "success": message.success,
    }


def deploy_options(options: DeployOptions) -> dict[str, Any]:
    """Return the options of a deployment as the REST API has them."""
    return {
        "allowMissingFiles": options.allow_missing_files,
        "autoUpdatePackage": options.auto_update_package,
        "checkOnly": options.check_only,
        "ignoreWarnings": options.ignore_warnings,
        "performRetrieve": options.perform_retrieve,
        "purgeOnDelete": options.purge_on_delete,
        "rollbackOnError": options.rollback_on_error,
        "runTests": list(options.run_tests) or None,
        "singlePackage": options.single_package,
        "testLevel": options.test_level,
    }


def file_properties(properties: FileProperties) -> dict[str, Any]:
    """Return FileProperties."""
    return {
        "createdById": properties.created_by,
        "createdByName": properties.created_by_name,
        "createdDate": properties.created_at,
        "fileName": properties.file_name,
        "fullName": properties.full_name,
        "id": properties.id,
        "lastModifiedById": properties.modified_by,
        "lastModifiedByName": properties.modified_by_name,
        "lastModifiedDate": properties.modified_at,
        "manageableState": "unmanaged",
        "type": properties.type,
    }


def retrieve_result(job: RetrieveJob, archive: bytes, *, with_zip: bool) -> dict[str, Any]:
    """Return a RetrieveResult; the zip is there when it was asked for and the job is done."""
    return {
        "done": job.done,
        "errorMessage": job.error_message,
        "errorStatusCode": job.error_code,
        "fileProperties": [file_properties(each) for each in job.properties],
        "id": job.id,
        "messages": [{"fileName": path, "problem": text} for path, text in job.messages],
        "status": str(job.status),
        "success": job.status == "Succeeded",
        "zipFile": b64encode(archive).decode() if with_zip and job.done else "",
    }


def save_result(outcome: SaveOutcome, *, upsert: bool = False) -> dict[str, Any]:
    """Return a SaveResult, an UpsertResult or a DeleteResult."""
    error = {"message": outcome.message, "statusCode": outcome.code}
    return {
        "created": outcome.created if upsert else None,
        "errors": None if outcome.success else [error],
        "fullName": outcome.full_name,
        "success": outcome.success,
    }


def value_type(type_name: str) -> dict[str, Any]:
    """Return a DescribeValueTypeResult; types inside types are told one level deep."""
    writable = {"apiCreatable": True, "apiDeletable": True, "apiReadable": True}
    return {
        **writable,
        "apiUpdatable": True,
        "valueTypeFields": _value_type_fields(type_name, depth=1),
    }


def _value_type_fields(type_name: str, depth: int) -> list[dict[str, Any]]:
    return [
        {
            "fields": _value_type_fields(element.type, depth - 1)
            if depth and element.type in schema().types
            else None,
            "isForeignKey": False,
            "isNameField": element.name == "fullName",
            "minOccurs": int(element.required),
            "name": element.name,
            "picklistValues": [
                {"active": True, "defaultValue": False, "label": value, "value": value}
                for value in sorted(schema().enumerations.get(element.type, ()))
            ]
            or None,
            "soapType": element.type,
            "valueRequired": element.required,
        }
        for element in schema().types[type_name].values()
    ]
