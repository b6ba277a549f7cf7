"""POST /composite/graph: groups of subrequests, each group all or none."""

import re
from typing import Any

from aiohttp import web

from salesforce_simulator.protocols.composite.references import names_in
from salesforce_simulator.protocols.composite.subrequests import Named, read_subrequests, run
from salesforce_simulator.protocols.routing import data
from salesforce_simulator.transport.bodies import read_object, require_object
from salesforce_simulator.transport.errors import HttpError
from salesforce_simulator.transport.replies import json_reply

_MOST_NODES = 500
_MOST_GRAPHS = 75
_DEEPEST = 15
_RECORDS = re.compile(r"/services/data/v[\d.]+/sobjects/")
_GRAPH_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,39}")


async def graph(request: web.Request) -> web.Response:
    """Run the graphs one after the other; one that fails is undone and hinders no other."""
    body = await read_object(request)
    graphs = _read(body.get("graphs"))
    answers = []
    for graph_id, subrequests in graphs:
        entries, successful = await run(request, subrequests, all_or_none=True)
        answers.append(
            {
                "graphId": graph_id,
                "graphResponse": {"compositeResponse": entries},
                "isSuccessful": successful,
            }
        )
    return json_reply(request, {"graphs": answers})


def _read(value: Any) -> list[tuple[str, list[Named]]]:
    if not isinstance(value, list) or not value:
        raise HttpError(400, "JSON_PARSER_ERROR", "graphs must be a list of graphs")
    graphs = [_read_one(require_object(item)) for item in value]
    nodes = sum(len(subrequests) for _, subrequests in graphs)
    if len(graphs) > _MOST_GRAPHS or nodes > _MOST_NODES:
        message = (
            f"The request has {len(graphs)} graphs with {nodes} nodes, but {_MOST_GRAPHS} graphs"
            f" with {_MOST_NODES} nodes are allowed"
        )
        raise HttpError(400, "LIMIT_EXCEEDED", message)
    if len({graph_id for graph_id, _ in graphs}) < len(graphs):
        raise HttpError(400, "JSON_PARSER_ERROR", "Duplicate graphId specified")
    return graphs


def _read_one(item: dict[str, Any]) -> tuple[str, list[Named]]:
    graph_id = item.get("graphId")
    if not isinstance(graph_id, str) or not _GRAPH_ID.fullmatch(graph_id):
        raise HttpError(400, "JSON_PARSER_ERROR", f"Provided graphId ('{graph_id}') is not valid")
    subrequests = read_subrequests(item.get("compositeRequest"))
    for node in subrequests:
        if not _RECORDS.match(node.call.url):
            raise HttpError(
                400, "INVALID_INPUT", f"Subrequest {node.call.url} is not supported here"
            )
    if _depth(subrequests) > _DEEPEST:
        message = f"Graph {graph_id} is deeper than {_DEEPEST} nodes"
        raise HttpError(400, "LIMIT_EXCEEDED", message)
    return graph_id, subrequests


def _depth(subrequests: list[Named]) -> int:
    """Return the number of nodes on the longest way along references."""
    depths: dict[str, int] = {}
    for node in subrequests:
        parents = names_in([node.call.url, node.call.body])
        depths[node.reference_id] = 1 + max((depths.get(name, 0) for name in parents), default=0)
    return max(depths.values())


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [data("POST", "/composite/graph", graph)]
