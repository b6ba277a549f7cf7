"""Strategies for requests of every kind: sensible ones, nearly sensible ones, and nonsense."""

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

_POOL = tomllib.loads(Path(__file__).with_name("random_words.toml").read_text("utf-8"))
LEAD, CONTACT = _POOL["ids"][:2]
LATEST = "LATEST"  # stands for the id of the job that was made last
OBJECTS, FIELDS, IDS, QUERIES = (_POOL[name] for name in ("objects", "fields", "ids", "queries"))
PARAMETERS, HEADERS, HEADER_VALUES = (
    _POOL[name] for name in ("parameters", "headers", "header_values")
)
VALUES = [*IDS, *OBJECTS, *FIELDS, *QUERIES, *_POOL["moments"], *_POOL["values"]]
VALUES += ["\ud800", "\0", "x" * 300]


@dataclass(frozen=True)
class Route:
    """A route of the application: its method, and its path with names in braces."""

    method: str
    path: str


@dataclass(frozen=True)
class RandomRequest:
    """What is sent. Without `signed` it brings no session."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    signed: bool = True


words = st.one_of(
    st.sampled_from(VALUES),
    st.text(max_size=12),
    st.sampled_from(["%", "/", "..", "?", "a b", "ü"]),
)
numbers = st.one_of(
    st.integers(-5, 300), st.floats(), st.sampled_from([2**31, 2**63, 2**64 - 1, -1, 1e308])
)
scalars = st.one_of(st.none(), st.booleans(), numbers, words)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from(_POOL["keys"]), st.text(max_size=5)), inner, max_size=5
        ),
    ),
    max_leaves=12,
)
soql = st.one_of(
    st.sampled_from(QUERIES),
    st.lists(st.sampled_from([*_POOL["soql"], "\0"]), max_size=14).map(" ".join),
    st.tuples(
        st.sampled_from(QUERIES), st.lists(st.sampled_from([*_POOL["soql"], "\0"]), max_size=5)
    ).map(lambda pair: " ".join((pair[0], *pair[1]))),
    st.text(max_size=40),
)


def changed(values_of: dict[str, st.SearchStrategy]) -> st.SearchStrategy:
    """Return objects with these keys, each of which may be missing or hold something else."""
    return st.fixed_dictionaries(
        {},
        optional={key: st.one_of(value, value, value, values) for key, value in values_of.items()},
    )


record = changed(
    {
        "attributes": changed(
            {"type": st.sampled_from(OBJECTS), "referenceId": st.sampled_from("ab")}
        ),
        "Id": st.sampled_from(IDS),
        "LastName": words,
        "Company": words,
        "Email": st.sampled_from(["a@b.example", "a"]),
        "Contacts": changed({"records": st.lists(values, max_size=2)}),
    }
)
subrequest = changed(
    {
        "method": st.sampled_from(["GET", "POST", "PATCH", "DELETE"]),
        "url": st.sampled_from([value for value in VALUES if "v60.0" in value]),
        "referenceId": st.sampled_from("abc"),
        "body": st.one_of(record, changed({"records": st.lists(record, max_size=2)})),
        "richInput": record,
        "httpHeaders": st.dictionaries(
            st.sampled_from(HEADERS), st.sampled_from(HEADER_VALUES), max_size=1
        ),
    }
)
several = st.lists(subrequest, max_size=3)
documents = st.one_of(
    values,
    record,
    changed({"records": st.lists(record, max_size=3), "allOrNone": st.booleans()}),
    changed({"compositeRequest": several, "allOrNone": st.booleans()}),
    changed({"batchRequests": several, "haltOnError": st.booleans()}),
    changed(
        {
            "graphs": st.lists(
                changed({"graphId": st.just("g"), "compositeRequest": several}), max_size=2
            )
        }
    ),
    changed({"ids": st.lists(st.sampled_from(IDS)), "fields": st.lists(st.sampled_from(FIELDS))}),
    changed({"operation": st.sampled_from(["query", "queryAll"]), "query": soql}),
    changed(
        {
            "operation": st.sampled_from(["insert", "update", "upsert", "delete", "hardDelete"]),
            "object": st.sampled_from(OBJECTS),
            "externalIdFieldName": st.sampled_from(FIELDS),
            "contentType": st.sampled_from(["CSV", "XML", "JSON"]),
            "lineEnding": st.sampled_from(["LF", "CRLF"]),
        }
    ),
    changed(
        {
            "reportMetadata": changed(
                {
                    "reportType": changed({"type": st.sampled_from(["LeadList", "Nothing"])}),
                    "reportFormat": st.sampled_from(["TABULAR", "SUMMARY", "MATRIX"]),
                    "detailColumns": st.lists(words, max_size=2),
                    "aggregates": st.lists(words, max_size=2),
                    "groupingsDown": st.lists(changed({"name": words, "sortOrder": words})),
                    "reportFilters": st.lists(changed({"column": words, "operator": words})),
                    "standardDateFilter": changed({"column": words, "durationValue": words}),
                    "scope": words,
                    "reportBooleanFilter": words,
                    "name": words,
                }
            )
        }
    ),
    changed({"state": st.sampled_from(["UploadComplete", "Aborted", "Closed", "Open"])}),
)
xml = st.sampled_from([*_POOL["xml"], "\0"]).map(str.encode)
csv = st.one_of(
    st.sampled_from([b"LastName,Company\nA,B\n", b'Id\n"', b"\xff\xfe", b"LastName\n\n\n", b""]),
    st.lists(st.lists(words, max_size=3).map(",".join), max_size=3).map(
        lambda rows: "\n".join(rows).encode("utf-8", "replace")
    ),
)
bodies = st.one_of(
    documents.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
    documents.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
    documents.map(lambda value: json.dumps(value)[:-1].encode("utf-8", "surrogatepass")),
    xml,
    csv,
    st.dictionaries(st.sampled_from(PARAMETERS), words, max_size=4).map(
        lambda pairs: urlencode(pairs, errors="replace").encode()
    ),
    st.binary(max_size=20),
)


@st.composite
def random_requests(draw, routes: list[Route]) -> RandomRequest:
    """A request to one of the routes, by its own method most of the time."""
    route = draw(st.sampled_from(routes))
    method = draw(
        st.one_of(st.just(route.method), st.just(route.method), st.sampled_from(_METHODS))
    )
    path = re.sub(r"\{(\w+)\}", lambda match: draw(_part(match[1])), route.path)
    query = draw(_query(route))
    if query:
        path += "?" + urlencode(query, errors="replace")
    names = st.one_of(st.sampled_from(HEADERS), st.just("Sforce-Query-Options"))
    headers = draw(st.dictionaries(names, st.sampled_from(HEADER_VALUES), max_size=3))
    body = b""
    if method not in {"GET", "HEAD"} or not draw(_mostly):
        body = draw(bodies)
        headers["Content-Type"] = draw(_content_types)
        if not draw(_mostly):
            headers["Content-Encoding"] = "gzip"
    return RandomRequest(method, path, headers, body, draw(_mostly))


def _query(route: Route) -> st.SearchStrategy[dict[str, str]]:
    """Return parameters: any, and most of the time those that the route is about."""
    found = st.dictionaries(st.sampled_from(PARAMETERS), st.one_of(soql, words), max_size=3)
    for end, wanted in _WANTED.items():
        if route.path.removesuffix("{slash}").endswith(end):
            given = st.fixed_dictionaries(wanted)
            return st.one_of(given, given, st.builds(lambda a, b: a | b, given, found), found)
    return found


_content_types = st.one_of(
    *[st.just("application/json")] * 3, st.sampled_from(_POOL["content_types"])
)
_mostly = st.sampled_from([True] * 30 + [False])
_MOMENTS = st.sampled_from(_POOL["moments"])
_WANTED = {
    "/tooling/query": {"q": st.one_of(st.sampled_from(_POOL["tooling_queries"]), soql)},
    "/query": {"q": soql},
    "/queryAll": {"q": soql},
    "/deleted": {"start": _MOMENTS, "end": _MOMENTS},
    "/updated": {"start": _MOMENTS, "end": _MOMENTS},
    "/composite/sobjects/{name}": {
        "ids": st.lists(st.sampled_from(IDS), max_size=3).map(",".join),
        "fields": st.lists(st.sampled_from(FIELDS), max_size=3).map(",".join),
    },
    "/composite/sobjects": {"ids": st.lists(st.sampled_from(IDS), max_size=3).map(",".join)},
    "/recent": {"limit": st.sampled_from(["1", "0", "9" * 5000, "-1", "٣"])},
}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


def _part(name: str) -> st.SearchStrategy[str]:
    """Return what may stand in a path for a name in braces, as it is sent."""
    choices = {
        "version": st.one_of(*[st.just("60.0")] * 4, st.sampled_from(_POOL["versions"])),
        "name": st.one_of(*[st.sampled_from(OBJECTS)] * 4, words),
        "id": st.one_of(*[st.sampled_from(IDS)] * 3, words),
        "field": st.one_of(st.sampled_from([*FIELDS, LEAD, CONTACT, "ActOn_Record_Id__c"]), words),
        "slash": st.sampled_from(["", "/"]),
        "position": st.sampled_from(["01gABC-200", "01g-1", "x", "01gABC-" + "9" * 40]),
    }
    strategy = choices.get(name, st.one_of(st.just(LATEST), st.sampled_from(IDS), words))
    return strategy.map(
        lambda text: text if name == "slash" else quote(text, safe="", errors="replace")
    )
