"""The choices that random steps are made of: few values, so that both sides often meet."""

import hypothesis.strategies as st

from tests.scenarios.plain_model.options import RULES, Options
from tests.scenarios.plain_model.organisation import FIELDS

MOST_PEOPLE = 12

ODD_TEXT = 'Line\nbreak, "quote"\u2028\u0085 \U0001f600 \u202eright to left'
ADDRESSES = [*(f"person{number}@example.com" for number in range(12)), "Person1@Example.COM", None]
CHOICES = {
    "FirstName": [None, "Ada", "Bob"],
    "LastName": ["Stone", "Wood"],
    "Company": ["Mill", "Yard"],
    "Email": ADDRESSES,
    "Title": [None, "x", "y"],
    "Description": [None, "x", ODD_TEXT],
    "HasOptedOutOfEmail": ["false", "true"],
}
PLACES = st.integers(0, 29)
KINDS = st.sampled_from(["Lead", "Contact"])


def values_of(fields, *, required=()):
    """Draw values of some fields, of the required ones in any case."""
    return st.fixed_dictionaries(
        {name: st.sampled_from(CHOICES[name]) for name in required},
        optional={n: st.sampled_from(CHOICES[n]) for n in fields if n not in required},
    )


PEOPLE = {
    "Lead": values_of(FIELDS["Lead"], required=["LastName", "Company", "Email"]),
    "Contact": values_of(FIELDS["Contact"], required=["LastName", "Email"]),
}
NEW_PEOPLE = KINDS.flatmap(lambda kind: st.tuples(st.just(kind), PEOPLE[kind]))
COLUMNS = {kind: names[:-1] for kind, names in FIELDS.items()}  # a first name may come later


# Most rows of a file are of people whom Salesforce would take.
GIVEN = {"Email": st.sampled_from(ADDRESSES[:-1])}
NAMED = {name: st.sampled_from(CHOICES[name]) for name in ("LastName", "Company")}
REST = {name: st.sampled_from(CHOICES[name]) for name in FIELDS["Lead"] if name != "Email"}
UNNAMED = {name: values for name, values in REST.items() if name not in NAMED}
WHOLE_ROW = st.fixed_dictionaries({**GIVEN, **NAMED}, optional=UNNAMED)
ROWS = st.one_of(
    WHOLE_ROW,
    st.fixed_dictionaries(GIVEN, optional=REST),
)
EMPTIED = st.lists(st.sampled_from(["Title", "Description", "FirstName"]), min_size=1, unique=True)
LISTS = st.integers(0, 2)
EDITS = st.sampled_from(FIELDS["Lead"]).flatmap(
    lambda name: st.tuples(
        st.just(name), st.sampled_from([*CHOICES[name], None]), st.sampled_from(CHOICES[name])
    )
)
SOME_EDITS = st.lists(st.tuples(PLACES, EDITS), min_size=1, max_size=4)
SOME_CHANGES = st.lists(
    st.tuples(KINDS, PLACES, values_of(FIELDS["Lead"]).filter(bool)), min_size=1, max_size=3
)


EVERY_FIELD = st.sampled_from(FIELDS["Lead"])
ALL_FIELDS = frozenset(FIELDS["Lead"])
OPTIONS = st.builds(
    Options,
    pull_add=st.booleans(),
    pull=st.one_of(
        st.fixed_dictionaries({name: st.sampled_from(RULES) for name in sorted(ALL_FIELDS)}),
        st.dictionaries(EVERY_FIELD, st.sampled_from(RULES)),
    ),
    remove_missing=st.booleans(),
    push_add=st.booleans(),
    push=st.one_of(st.just(ALL_FIELDS), st.frozensets(EVERY_FIELD)),
    clearing=st.one_of(st.just(ALL_FIELDS), st.frozensets(EVERY_FIELD)),
)

# What may happen, each with what it takes; what happens often stands there several times.
DEEDS = [
    ("some_are_created", {"people": st.lists(NEW_PEOPLE, min_size=1, max_size=3)}),
    (
        "some_are_changed",
        {"changes": SOME_CHANGES, "seconds_ago": st.sampled_from([0, 300, 540])},
    ),
    ("somebody_is_emptied", {"kind": KINDS, "place": PLACES, "names": EMPTIED}),
    ("somebody_opts_out", {"kind": KINDS, "place": PLACES}),
    ("somebody_gets_another_owner", {"kind": KINDS, "place": PLACES, "user": st.integers(0, 2)}),
    ("somebody_is_deleted", {"kind": KINDS, "place": PLACES}),
    ("somebody_is_undeleted", {"place": PLACES}),
    ("some_are_merged", {"kind": KINDS, "places": st.lists(PLACES, min_size=2, max_size=3)}),
    ("a_lead_is_converted", {"place": PLACES}),
    ("salesforce_touches_somebody", {"kind": KINDS, "place": PLACES}),
    ("time_passes", {"seconds": st.sampled_from([1, 60, 300, 900, 900, 3600])}),
    *[("some_cells_are_edited", {"number": LISTS, "edits": SOME_EDITS})] * 4,
    *[("some_values_are_changed_on_both_sides", {"number": LISTS, "edits": SOME_EDITS})] * 2,
    *[("files_are_uploaded", {"number": LISTS, "rows": st.lists(ROWS, min_size=1, max_size=3)})]
    * 2,
    *[
        (
            "somebody_whom_salesforce_has_is_uploaded",
            {"number": LISTS, "place": PLACES, "row": WHOLE_ROW},
        )
    ]
    * 2,
    ("a_column_is_added", {"number": LISTS}),
    ("options_are_changed", {"number": LISTS, "options": OPTIONS}),
    (
        "everything_is_chosen",
        {"number": LISTS, "pulled": st.sampled_from(RULES), "clears": st.booleans()},
    ),
    ("another_limit_of_removals_is_set", {"limit": st.sampled_from([100, 50, 20, 0])}),
    ("a_week_passes", {}),
]
SOME_DEEDS = st.lists(
    st.one_of([st.tuples(st.just(name), st.fixed_dictionaries(takes)) for name, takes in DEEDS]),
    min_size=1,
    max_size=8,
)
