"""What the property tests draw: texts, ports, properties of sources, secrets."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.sampled_from(["Orders", "Customers", "a/b", "50%", "Ünï çödé", "x y", "q?&=#"])
TEXTS = (
    st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters='"'), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)
PORTS = st.integers(1, 65535)
TAGS = st.none() | st.lists(st.sampled_from(["t1", "t2", "t3"]), max_size=3)

POSTGRES = st.fixed_dictionaries(
    {"host": TEXTS, "username": TEXTS},
    optional={
        "port": PORTS,
        "db": TEXTS,
        "SSLMode": st.sampled_from(["disable", "require"]),
        "useBulkReader": st.booleans(),
    },
)
REST = st.fixed_dictionaries(
    {"url": TEXTS.map("https://api.example/{}".format)},
    optional={
        "timeout": st.integers(1, 99),
        "queryHeaders": st.lists(
            st.fixed_dictionaries(
                {"name": st.sampled_from("abc"), "value": TEXTS}, optional={"encrypt": st.just(True)}
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda item: item["name"],
        ),
    },
)
SECRETS = st.fixed_dictionaries(
    {"password": st.text(st.characters(blacklist_categories=["Cs"]), min_size=8, max_size=12).map("secret-{}".format)}
)
SOURCES = {
    "postgres": POSTGRES,
    "mssql": st.fixed_dictionaries({"host": TEXTS}, optional={"port": PORTS, "database": TEXTS}),
    "rest": REST,
}
