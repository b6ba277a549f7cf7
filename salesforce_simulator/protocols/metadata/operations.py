"""The operations of the Metadata API: each takes the call's element and gives the result."""

import binascii
from base64 import b64decode
from collections.abc import Callable

from salesforce_simulator.organisation.errors import SalesforceError
from salesforce_simulator.organisation.metadata import schema, types
from salesforce_simulator.organisation.metadata.components import Component, file_name_of
from salesforce_simulator.organisation.metadata.nodes import Node, leaf
from salesforce_simulator.organisation.metadata.package import read_manifest
from salesforce_simulator.organisation.metadata.problems import ComponentError
from salesforce_simulator.organisation.metadata.results import DeployOptions, RetrieveRequest
from salesforce_simulator.organisation.metadata.service import Metadata
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.protocols.metadata import answers

Operation = Callable[[Metadata, Session, Node], object]


def _deploy(metadata: Metadata, session: Session, call: Node) -> object:
    options = call.child("DeployOptions") or Node("DeployOptions")
    archive = _decoded(call.get("ZipFile"))
    job = metadata.deploy(session, archive, _options(options))
    return {"done": False, "id": job.id, "state": "Queued"}


def _options(node: Node) -> DeployOptions:
    return DeployOptions(
        allow_missing_files=node.flag("allowMissingFiles"),
        auto_update_package=node.flag("autoUpdatePackage"),
        check_only=node.flag("checkOnly"),
        ignore_warnings=node.flag("ignoreWarnings"),
        perform_retrieve=node.flag("performRetrieve"),
        purge_on_delete=node.flag("purgeOnDelete"),
        rollback_on_error=node.flag("rollbackOnError"),
        single_package=node.flag("singlePackage"),
        test_level=node.get("testLevel").strip() or None,
        run_tests=tuple(node.texts("runTests")),
    )


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=False)
    except (binascii.Error, ValueError) as error:
        raise SalesforceError("INVALID_CROSS_REFERENCE_KEY", "ZipFile is not base64") from error


def _job_id(call: Node) -> str:
    """Return the id that comes first in a call: Salesforce does not look at its name."""
    return next((child.text.strip() for child in call.children), "")


def _check_deploy_status(metadata: Metadata, session: Session, call: Node) -> object:
    job = metadata.deploy_status(session, _job_id(call))
    return answers.deploy_result(job, with_details=call.flag("includeDetails"))


def _cancel_deploy(metadata: Metadata, session: Session, call: Node) -> object:
    job = metadata.cancel_deploy(session, call.get("String").strip())
    return {"done": False, "id": job.id}


def _retrieve(metadata: Metadata, session: Session, call: Node) -> object:
    # The WSDL calls it retrieveRequest; Salesforce takes it under any name.
    request = next(iter(call.children), Node("retrieveRequest"))
    try:
        manifest = read_manifest(request.child("unpackaged") or Node("unpackaged"))
    except ComponentError as error:
        raise SalesforceError("INVALID_TYPE", error.problem) from error
    job = metadata.retrieve(
        session,
        RetrieveRequest(
            members=manifest.members,
            version=manifest.version or request.get("apiVersion").strip(),
            single_package=request.flag("singlePackage"),
        ),
    )
    return {"done": False, "id": job.id, "state": "Queued"}


def _check_retrieve_status(metadata: Metadata, session: Session, call: Node) -> object:
    job, archive = metadata.retrieve_status(session, _job_id(call))
    return answers.retrieve_result(job, archive, with_zip=call.flag("includeZip", default=True))


def _list(metadata: Metadata, session: Session, call: Node) -> object:
    queries = [
        (query.get("type").strip(), query.get("folder").strip() or None)
        for query in call.all("queries")
    ]
    return [answers.file_properties(each) for each in metadata.list(session, queries)]


def _describe(metadata: Metadata, session: Session, call: Node) -> object:  # noqa: ARG001 - one signature
    metadata.check_access(session)
    objects = [
        {
            "childXmlNames": list(kind.children.values()) or None,
            "directoryName": kind.directory,
            "inFolder": kind.folder_type is not None,
            "metaFile": kind.has_meta_file,
            "suffix": kind.suffix,
            "xmlName": kind.name,
        }
        for kind in types.component_types().values()
    ]
    return {
        "metadataObjects": objects,
        "organizationNamespace": "",
        "partialSaveAllowed": True,
        "testRequired": False,
    }


def _read(metadata: Metadata, session: Session, call: Node) -> object:
    kind = call.get("type").strip()
    found = metadata.read(session, kind, [name.strip() for name in call.texts("fullNames")])
    # A name without a component becomes an empty record, as in Salesforce.
    return {"records": [_record(kind, component) for component in found]}


def _record(kind: str, component: Component | None) -> Node:
    if component is None:
        return Node("records", kind=kind)
    named = component.definition.without("fullName").plus([leaf("fullName", component.full_name)])
    ordered = schema.in_order(named, kind)
    return Node("records", children=ordered.children, kind=kind)


def _create(metadata: Metadata, session: Session, call: Node) -> object:
    outcomes = metadata.save(session, _components(call), create=True, update=False)
    return [answers.save_result(outcome) for outcome in outcomes]


def _update(metadata: Metadata, session: Session, call: Node) -> object:
    outcomes = metadata.save(session, _components(call), create=False, update=True)
    return [answers.save_result(outcome) for outcome in outcomes]


def _upsert(metadata: Metadata, session: Session, call: Node) -> object:
    outcomes = metadata.save(session, _components(call), create=True, update=True)
    return [answers.save_result(outcome, upsert=True) for outcome in outcomes]


def _check_status(metadata: Metadata, session: Session, call: Node) -> object:
    """Answer the older call that tells of any job whether it is done."""
    jobs = [metadata.job_status(session, text.strip()) for text in call.texts("asyncProcessId")]
    return [answers.async_result(job) for job in jobs]


def _components(call: Node) -> list[Component]:
    """Return the components of a call; the type of each is its `xsi:type`."""
    found = []
    for node in call.all("metadata"):
        kind, full_name = node.kind or "", node.get("fullName").strip()
        if not types.is_type(kind):
            raise SalesforceError("INVALID_TYPE", f"Unknown type:{kind}")
        found.append(component_of(kind, full_name, node))
    return found


def component_of(kind: str, full_name: str, node: Node) -> Component:
    """Return a component that came in a call of its own.

    In a file a field has its own name alone, without the object's; other components have none.
    """
    definition = node.with_name(kind).without("fullName")
    if kind in types.child_types():
        definition = definition.plus([leaf("fullName", full_name.partition(".")[2])])
    return Component(kind, full_name, file_name_of(kind, full_name), definition)


def _delete(metadata: Metadata, session: Session, call: Node) -> object:
    names = [name.strip() for name in call.texts("fullNames")]
    outcomes = metadata.delete(session, call.get("type").strip(), names)
    return [answers.save_result(outcome) for outcome in outcomes]


def _rename(metadata: Metadata, session: Session, call: Node) -> object:
    names = (call.get(name).strip() for name in ("type", "oldFullName", "newFullName"))
    return answers.save_result(metadata.rename(session, *names))


def _describe_value_type(metadata: Metadata, session: Session, call: Node) -> object:
    metadata.check_access(session)
    name = call.get("type").rpartition("}")[2].strip()
    if not types.is_type(name) or name not in schema.schema().types:
        raise SalesforceError("INVALID_TYPE", f"Unknown type:{name}")
    return answers.value_type(name)


OPERATIONS: dict[str, Operation] = {
    "cancelDeploy": _cancel_deploy,
    "checkDeployStatus": _check_deploy_status,
    "checkRetrieveStatus": _check_retrieve_status,
    "checkStatus": _check_status,
    "createMetadata": _create,
    "deleteMetadata": _delete,
    "deploy": _deploy,
    "describeMetadata": _describe,
    "describeValueType": _describe_value_type,
    "listMetadata": _list,
    "readMetadata": _read,
    "renameMetadata": _rename,
    "retrieve": _retrieve,
    "updateMetadata": _update,
    "upsertMetadata": _upsert,
}
