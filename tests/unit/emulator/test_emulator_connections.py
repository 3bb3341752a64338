"""data-connections: create, read, list, patch, put, delete."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest

from tests.emulator import Tenant
from tests.unit.emulator.conftest import Client, error_of


class TestCreate:
    def test_statement_is_composed_of_properties_and_defaults_without_secrets(
        self, admin: Client, acme: Tenant
    ) -> None:
        answer = admin.create(properties={"port": 5433, "useBulkReader": False, "password": "s3cret;"})
        assert answer.status_code == 201
        made = answer.json()
        statement = made["qConnectStatement"]
        assert statement.startswith(
            'CUSTOM CONNECT TO "provider=QvOdbcConnectorPackage.exe;driver=postgres;host=db.example.com;port=5433;'
        )
        assert statement.endswith('separateCredentials=false;"')
        assert ";useBulkReader=false;" in statement
        assert ";SSLMode=prefer;" in statement
        assert "s3cret" not in answer.text
        assert acme.secrets_of(made["qID"]) == {"password": "s3cret;"}
        assert made["privileges"] == ["read", "update", "delete"]
        assert made["qID"] == made["qEngineObjectID"]
        assert "space" not in made
        assert answer.headers["X-B3-Traceid"]

    @pytest.mark.parametrize("how", ["create", "duplicate"])
    @pytest.mark.parametrize("shape", ["types", "guide"])
    def test_the_answer_has_the_shape_of_the_types_or_of_the_guides_sample(
        self, admin: Client, acme: Tenant, shape: str, how: str
    ) -> None:
        acme.set_behaviours(create_answer=shape)
        made = admin.create(properties={"password": "s3cret"}).json()
        if how == "duplicate":
            made = admin("POST", "data-connections/actions/duplicate", json={"id": made["qID"]}).json()
        in_sample = {"tags", "datasourceID", "qri", "tenant", "id", "version"}
        if shape == "guide":
            assert in_sample <= set(made)
            assert made["tags"] == ["DcaasAPI:QvOdbcConnectorPackage.exe:8.212.0"]
            assert made["id"] == made["qID"]
            assert made["qLogOn"] == 1
            return
        assert not in_sample & set(made)
        assert made["qLogOn"] == "1"
        assert made["qCredentialsName"] == acme.credentials[made["qCredentialsID"]].name
        assert made["qReferenceKey"]
        assert acme.connections[made["qID"]].tags == ["DcaasAPI:QvOdbcConnectorPackage.exe:8.212.0"]

    @pytest.mark.parametrize("value", ["a;b", 'say "x"', "100%", "%1%2%%", "a=b", "http://x/?q=a%20b;c"])
    def test_awkward_values_come_back_as_they_were(self, admin: Client, value: str) -> None:
        made = admin.create(properties={"db": value}).json()
        body = made["qConnectStatement"].removeprefix('CUSTOM CONNECT TO "').removesuffix('"')
        assert '"' not in body
        parsed = admin("GET", f"data-connections/{made['qID']}", params={"parseConnection": "true"}).json()
        assert parsed["connectionProperties"]["db"] == value

    def test_rest_lists_are_encoded_and_encrypted_items_hidden(self, admin: Client, acme: Tenant) -> None:
        properties = {
            "url": "https://api.example.com/v1?a=b%20c",
            "queryHeaders": [{"name": "X-Key", "value": "hidden", "encrypt": True}, {"name": "A", "value": "50%;"}],
            "queryParameters": [{"name": "xrfkey", "value": "0000"}],
            "rootCertificates": [{"name": "ca.pem", "value": "Q0E="}],
            "mutualPfxCertificateFiles": [{"name": "me.pfx", "value": "UEZY"}],
        }
        made = admin(
            "POST", "data-connections", json={"datasourceID": "rest", "qName": "R", "connectionProperties": properties}
        )
        statement = made.json()["qConnectStatement"]
        assert "url=https://api.example.com/v1?a%2b%%20c;" in statement
        assert "queryHeaders=X-Key%2%1A%250%%%3%1;" in statement
        assert "queryParameters=xrfkey%20000%1;" in statement
        assert "rootCertificates=ca.pem%1;" in statement
        assert "me.pfx" not in statement
        connection_id = made.json()["qID"]
        secrets = acme.secrets_of(connection_id)
        assert secrets["queryHeaders"] == {"X-Key": "hidden"}
        assert secrets["mutualPfxCertificateFiles"] == [{"name": "me.pfx", "value": "UEZY"}]
        parsed = admin("GET", f"data-connections/{connection_id}?parseConnection=true").json()["connectionProperties"]
        assert parsed["queryHeaders"] == [
            {"name": "X-Key", "value": "", "encrypt": True},
            {"name": "A", "value": "50%;"},
        ]
        assert parsed["rootCertificates"] == [{"name": "ca.pem"}]
        assert parsed["url"] == properties["url"]
        assert acme.properties_of(connection_id)["queryHeaders"][0]["value"] == "hidden"

    def test_member_names_match_in_any_case(self, admin: Client, acme: Tenant) -> None:
        body = {"dataSourceId": "postgres", "QNAME": "X", "connectionproperties": {"host": "h"}}
        assert admin("POST", "data-connections", json=body).status_code == 201
        acme.set_behaviours(member_names="exact")
        assert admin("POST", "data-connections", json=body | {"QNAME": "Y"}).status_code == 400

    def test_unknown_properties_are_accepted_without_a_word(self, admin: Client, acme: Tenant) -> None:
        assert admin.create(properties={"customQueryHeaders": "x"}).status_code == 201
        acme.set_behaviours(unknown_properties="reject")
        assert admin.create("B", properties={"customQueryHeaders": "x"}).status_code == 400
        acme.set_behaviours(unknown_properties="drop")
        assert "customQueryHeaders" not in admin.create("B", properties={"customQueryHeaders": "x"}).text

    def test_enum_values_are_refused_only_for_their_case(self, admin: Client, acme: Tenant) -> None:
        assert admin.create(properties={"SSLMode": "Require"}).status_code == 400
        assert admin.create(properties={"SSLMode": "foreign"}).status_code == 201
        acme.set_behaviours(enum_check="strict")
        assert admin.create("B", properties={"SSLMode": "foreign"}).status_code == 400

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"datasourceID": "nosuch"}, 404),
            ({"datasourceID": None}, 400),
            ({"qName": ""}, 400),
            ({"connectionProperties": "x"}, 400),
            ({"connectionProperties": {"host": {"a": 1}}}, 400),
            ({"connectionProperties": None}, 400),
            ({"space": "0" * 24}, 404),
            ({"tags": "a"}, 400),
            ({"tags": ["x" * 257]}, 400),
            ({"tags": [str(number) for number in range(32)]}, 400),
            ({"datasourceID": "DG_postgres"}, 400),
        ],
    )
    def test_refusals(self, admin: Client, acme: Tenant, change: dict[str, object], status: int) -> None:
        body = {"datasourceID": "postgres", "qName": "X", "connectionProperties": {"host": "h"}} | change
        answer = admin("POST", "data-connections", json=body)
        assert answer.status_code == status
        assert error_of(answer)["status"] == status
        assert error_of(answer)["code"].startswith("DCERROR-")
        assert not acme.connections

    def test_tags_have_a_maximum_of_31_or_namespaced_32(self, admin: Client) -> None:
        tags = [str(number) for number in range(32)]
        body = {"datasourceID": "postgres", "qName": "X", "connectionProperties": {"host": "h"}, "tags": tags}
        assert admin("POST", "/api/connectivity/data-connections", json=body).status_code == 201
        assert admin.create("Y", tags=tags[:31]).status_code == 201

    def test_body_that_is_no_json(self, admin: Client) -> None:
        assert admin("POST", "data-connections", data="{").status_code == 400

    def test_names_are_unique_in_a_space_and_in_an_owner_s_personal_space(
        self, admin: Client, analyst: Client, acme: Tenant
    ) -> None:
        space = acme.add_space("Sales")
        assert admin.create("X").status_code == 201
        assert admin.create("X").status_code == 409
        assert admin.create("x").status_code == 201
        assert admin.create("X", space=space.id).status_code == 201
        assert admin.create("X", space=space.id).status_code == 409
        assert analyst.create("X").status_code == 201
        acme.set_behaviours(names_case_sensitive=False)
        assert admin.create("sALES", space=space.id).status_code == 201
        assert admin.create("Sales", space=space.id).status_code == 409

    def test_gateway_must_be_one_of_the_source(self, admin: Client, acme: Tenant) -> None:
        acme.gateways["DG_postgres"] = [{"id": "a::a", "name": "G", "default": True}]
        assert admin.create("A", datasourceID="DG_postgres", properties={"gatewayInstance": "b::b"}).status_code == 400
        made = admin.create("B", datasourceID="DG_postgres", properties={"gatewayInstance": "a::a"})
        assert made.status_code == 201
        assert "provider=QlikConnectorsCommonService.exe;sourceType=DG_postgres;gatewayInstance=a::a;" in made.text
        patch = admin.patch(made.json()["qID"], ("replace", "/connectionProperties/gatewayInstance", "c::c"))
        assert patch.status_code == 400

    def test_disabled_source(self, admin: Client, acme: Tenant) -> None:
        acme.disabled_sources.add("postgres")
        assert admin.create().status_code == 403

    def test_ready_statement(self, admin: Client, acme: Tenant) -> None:
        statement = 'CUSTOM CONNECT TO "Provider=QvOdbcConnectorPackage.exe;driver=postgres;host=h;x=a=b;"'
        body = {
            "datasourceID": "postgres",
            "qName": "B",
            "qType": "QvOdbcConnectorPackage.exe",
            "qConnectStatement": statement,
        }
        made = admin(
            "POST", "data-connections", json=body | {"qUsername": "u", "qPassword": "%%password%2x%1", "qLogOn": "1"}
        )
        assert made.status_code == 201
        assert made.json()["qConnectStatement"] == statement
        assert acme.connections[made.json()["qID"]].tags == []
        assert acme.secrets_of(made.json()["qID"]) == {"qPassword": "%%password%2x%1"}
        parsed = admin("GET", f"data-connections/{made.json()['qID']}?parseConnection=true").json()
        assert parsed["connectionProperties"]["x"] == "a=b"
        for change in ({"qType": None}, {"qConnectStatement": "nonsense"}, {"qLogOn": "7"}, {"qID": "no-uuid"}):
            assert admin("POST", "data-connections", json=body | {"qName": "C"} | change).status_code == 400
        unknown = body | {"qName": "C", "qCredentialsID": "00000000-0000-4000-8000-000000000000"}
        assert admin("POST", "data-connections", json=unknown).status_code == 404

    def test_interactive_source_gives_a_url_first(self, admin: Client) -> None:
        body = {"datasourceID": "gbq", "qName": "G", "connectionProperties": {"OAuthMechanism": "1"}}
        assert admin("POST", "data-connections", json=body).status_code == 400
        url = admin("POST", "data-connections", json=body | {"authUrlOnly": True})
        assert url.status_code == 201
        assert list(url.json()) == ["authUrl"]
        body["connectionProperties"] = {"OAuthMechanism": "1", "authCode": "c"}
        assert admin("POST", "data-connections", json=body).status_code == 201


class TestGet:
    def test_full_answer(self, admin: Client) -> None:
        made = admin.create().json()
        item = admin("GET", f"data-connections/{made['qID']}").json()
        assert item["privileges"] == ["change_owner", "change_space", "delete", "list", "read", "update"]
        assert item["qConnectionSecret"] == ""
        assert item["version"] == "V1"
        assert "connectionProperties" not in item
        assert "createdAt" not in item
        spaced = admin("GET", f"/api/connectivity/data-connections/{made['qID']}").json()
        assert spaced["createdAt"] == item["created"]
        assert "created" not in spaced
        assert "/api/connectivity/" in spaced["links"]["self"]["href"]

    def test_parsed_values_are_text_or_typed(self, admin: Client, acme: Tenant) -> None:
        path = f"data-connections/{admin.create().json()['qID']}?parseConnection=true"
        properties = admin("GET", path).json()["connectionProperties"]
        assert (properties["Fetch"], properties["UseUnicode"], properties["username"]) == ("200", "true", "u")
        assert "password" not in properties
        acme.set_behaviours(parse_values="typed", parse_credentials="none")
        properties = admin("GET", path).json()["connectionProperties"]
        assert (properties["Fetch"], properties["UseUnicode"], properties["port"]) == (200, True, "5432")
        assert "username" not in properties

    def test_by_name(self, admin: Client, acme: Tenant) -> None:
        space = acme.add_space("Sales")
        name = "a/b %c"
        acme.add_connection(name, space="Sales")
        path = f"data-connections/{quote(name, safe='')}?type=connectionname"
        assert admin("GET", path).status_code == 404
        assert admin("GET", f"{path}&spaceId={space.id}").json()["qName"] == name
        acme.set_behaviours(name_lookup_without_space="anywhere")
        assert admin("GET", path).json()["space"] == space.id
        assert admin("GET", "data-connections/x?type=credentialname").status_code == 400

    def test_refusals(self, admin: Client, analyst: Client, acme: Tenant) -> None:
        assert admin("GET", "data-connections/no-uuid").status_code == 400
        assert admin("GET", "data-connections/00000000-0000-4000-8000-000000000000").status_code == 404
        hidden = acme.add_connection("X")
        assert analyst("GET", f"data-connections/{hidden.id}").status_code == 403
        acme.set_behaviours(no_access_status=404)
        assert analyst("GET", f"data-connections/{hidden.id}").status_code == 404


class TestList:
    def test_pages_hold_every_connection_once(self, admin: Client, acme: Tenant) -> None:
        for number in range(250):
            acme.add_connection(f"c{number}")
        names, sizes, url = [], [], f"{acme.url}/api/v1/data-connections?limit=100"
        while url:
            page = admin("GET", url).json()
            names += [item["qName"] for item in page["data"]]
            sizes.append(len(page["data"]))
            assert page["meta"]["count"] == len(page["data"])
            url = page["links"].get("next", {}).get("href")
            assert url is None or urlsplit(url).netloc == urlsplit(acme.url).netloc
        assert sizes == [100, 100, 50]
        assert sorted(names) == sorted(f"c{number}" for number in range(250))

    def test_a_page_goes_on_after_its_last_row_was_deleted(self, admin: Client, acme: Tenant) -> None:
        for number in range(6):
            acme.add_connection(f"c{number}")
        for sort in ("", "&sort=-qName"):
            first = admin("GET", f"data-connections?limit=2{sort}").json()
            last = first["data"][-1]
            acme.remove_connection(last["qID"])
            second = admin("GET", first["links"]["next"]["href"]).json()
            seen = {item["qName"] for item in first["data"]} & {item["qName"] for item in second["data"]}
            assert not seen
            assert len(second["data"]) == 2
            acme.add_connection(last["qName"])
        previous = admin("GET", second["links"]["prev"]["href"]).json()
        assert len(previous["data"]) == 2

    def test_default_limits_differ_by_form(self, admin: Client, acme: Tenant) -> None:
        for number in range(25):
            acme.add_connection(f"c{number}")
        everything = admin("GET", "data-connections").json()
        assert len(everything["data"]) == 25
        assert "next" not in everything["links"]
        assert len(admin("GET", "/api/connectivity/data-connections").json()["data"]) == 20

    def test_limit_must_be_in_range(self, admin: Client, acme: Tenant) -> None:
        for limit in ("0", "101", "x"):
            assert admin("GET", f"data-connections?limit={limit}").status_code == 400
        acme.set_behaviours(limit_out_of_range="clamp")
        assert admin("GET", "data-connections?limit=1000").status_code == 200
        assert admin("GET", "data-connections?page=nonsense&limit=3").status_code == 400

    def test_who_and_where(self, admin: Client, analyst: Client, acme: Tenant) -> None:
        space = acme.add_space("Sales", roles={"analyst": ["consumer"]})
        acme.add_connection("mine")
        acme.add_connection("theirs", owner="analyst")
        acme.add_connection("shared", space="Sales")

        def names(client: Client, query: str) -> list[str]:
            return [item["qName"] for item in client("GET", f"data-connections?{query}").json()["data"]]

        assert names(admin, "") == ["mine", "theirs", "shared"]
        assert names(analyst, "") == ["theirs", "shared"]
        assert names(admin, "personal=true") == ["mine"]
        assert names(admin, f"spaceId={space.id}&personal=true") == ["shared"]
        assert names(admin, "ownedByMe=true") == ["mine", "shared"]
        analyst_id = acme.user("analyst").id
        assert names(admin, f"userId={analyst_id}") == ["theirs"]
        assert analyst("GET", f"data-connections?userId={acme.user('admin').id}").status_code == 400
        acme.set_behaviours(foreign_user_status=403)
        assert analyst("GET", f"data-connections?userId={acme.user('admin').id}").status_code == 403
        assert names(admin, f"spaceId={'0' * 24}") == []

    def test_unknown_parameters_are_ignored_or_refused(self, admin: Client, acme: Tenant) -> None:
        acme.add_connection("x")
        assert len(admin("GET", "data-connections?space=abc").json()["data"]) == 1
        acme.set_behaviours(unknown_query="reject")
        assert admin("GET", "data-connections?space=abc").status_code == 400
        assert admin("GET", "data-connections?limit=5&noDatafiles=true&sort=-qName").status_code == 200

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ('qName eq "Beta"', ["Beta"]),
            ('qName ne "Beta"', ["Alpha", "Gamma"]),
            ('qName co "a" and not (qName eq "Beta")', ["Alpha", "Gamma"]),
            ('qName sw "Al" or qName ew "ma"', ["Alpha", "Gamma"]),
            ('qName sw "A" or qName sw "B" and datasourceID eq "rest"', ["Alpha", "Beta"]),
            ('qType eq "QvRestConnector.exe"', ["Beta"]),
            ('created gt "2026-06-01T00:00:00Z"', ["Gamma"]),
            ('created le "2026-06-01T00:00:00Z"', ["Alpha", "Beta"]),
            ('qri co "rest"', ["Beta"]),
        ],
    )
    def test_filter(self, admin: Client, acme: Tenant, expression: str, expected: list[str]) -> None:
        acme.has_datafiles = True
        acme.add_connection("Alpha", created="2026-01-01T00:00:00Z")
        acme.add_connection("Beta", "rest", {"url": "https://x"}, created="2026-02-01T00:00:00Z")
        acme.add_connection("Gamma", created="2026-07-01T00:00:00Z")
        page = admin("GET", "data-connections", params={"filter": expression}).json()
        assert [item["qName"] for item in page["data"]] == [*expected, "DataFiles"]

    @pytest.mark.parametrize(
        "expression", ['space eq "x"', "qName eq x", "qName eq", '(qName eq "x"', 'created gt "soon"', 'qName zz "x"']
    )
    def test_bad_filter(self, admin: Client, expression: str) -> None:
        assert admin("GET", "data-connections", params={"filter": expression}).status_code == 400

    def test_sort_and_names(self, admin: Client, acme: Tenant) -> None:
        for name in ("b", "C", "a"):
            acme.add_connection(name)

        def names(query: str) -> list[str]:
            return [item["qName"] for item in admin("GET", f"data-connections?limit=10&{query}").json()["data"]]

        assert names("sort=%2BqName") == ["C", "a", "b"]
        assert admin("GET", "data-connections?limit=10&sort=qName").status_code == 400
        assert names("sort=%2BqName&caseinsensitive=true") == ["a", "b", "C"]
        assert names("sort=-qName&caseinsensitive=true") == ["C", "b", "a"]
        assert admin("GET", "data-connections?limit=10&sort=nope").status_code == 400
        assert len(admin("GET", "data-connections?dataName=rows").json()["rows"]) == 3
        assert admin("GET", "data-connections?dataName=").status_code == 400
        assert admin("GET", "data-connections?personal=perhaps").status_code == 400

    def test_datafiles_come_last_and_can_only_be_read(self, admin: Client, acme: Tenant) -> None:
        acme.has_datafiles = True
        space = acme.add_space("My Sales")
        acme.add_connection("Zeta", space="My Sales")
        rows = admin("GET", f"data-connections?spaceId={space.id}").json()["data"]
        assert [row["qName"] for row in rows] == ["Zeta", "DataFiles"]
        assert rows[1]["qConnectStatement"] == 'CUSTOM CONNECT TO "provider=qix-datafiles.exe;path=My+Sales:datafiles;"'
        assert rows[1]["privileges"] == ["read"]
        assert not {"created", "updated", "user", "datasourceID", "qCredentialsID"} & set(rows[1])
        assert admin("DELETE", f"data-connections/{rows[1]['qID']}").status_code == 403
        assert len(admin("GET", "data-connections?noDatafiles=true").json()["data"]) == 1

    def test_connections_of_disabled_sources_hide(self, admin: Client, acme: Tenant) -> None:
        acme.add_connection("x")
        acme.disabled_sources.add("postgres")
        assert admin("GET", "data-connections").json()["data"] == []
        assert len(admin("GET", "data-connections?includeDisabled=true").json()["data"]) == 1

    def test_list_shows_changes_made_by_hand(self, admin: Client, acme: Tenant) -> None:
        connection = acme.add_connection("x", properties={"host": "old", "password": "p"})
        assert "old" in admin("GET", "data-connections").text
        acme.edit_connection(connection.id, properties={"host": "new"}, secrets={"password": "q"}, name="y")
        text = admin("GET", "data-connections").text
        assert "host=new;" in text
        assert '"qName":"y"' in text
        assert acme.secrets_of(connection.id) == {"password": "q"}


class TestPatch:
    @pytest.fixture
    def made(self, admin: Client) -> str:
        """A postgres connection with a password."""
        return str(admin.create().json()["qID"])

    @pytest.mark.parametrize(
        "body",
        [
            {"patchData": [{"op": "replace", "path": "/qName", "value": "x"}]},
            ["x"],
            [{"op": "move", "path": "/qName", "value": "x"}],
            [{"op": "replace", "path": "qName", "value": "x"}],
            [{"op": "replace", "path": "/qName"}],
            [{"op": "replace", "path": "/nope", "value": "x"}],
            [{"op": "replace", "path": "/datasourceID", "value": "rest"}],
            [{"op": "replace", "path": "/qID", "value": "x"}],
            [{"op": "replace", "path": "/qName", "value": 7}],
            [{"op": "replace", "path": "/qName", "value": ""}],
            [{"op": "remove", "path": "/qName"}],
            [{"op": "replace", "path": "/tags", "value": "x"}],
            [{"op": "remove", "path": "/connectionProperties/nope"}],
            [{"op": "replace", "path": "/connectionProperties/host", "value": {"a": 1}}],
            [
                {"op": "replace", "path": "/qConnectStatement", "value": "x"},
                {"op": "add", "path": "/qPassword", "value": "x"},
            ],
        ],
    )
    def test_wrong_shapes(self, admin: Client, made: str, body: object) -> None:
        answer = admin("PATCH", f"data-connections/{made}", json=body)
        assert answer.status_code == 400
        assert error_of(answer)["code"].startswith("DCERROR-")

    def test_nothing_changes_when_one_operation_is_wrong(self, admin: Client, acme: Tenant, made: str) -> None:
        answer = admin.patch(made, ("replace", "/qName", "New"), ("replace", "/space", "0" * 24))
        assert answer.status_code == 404
        assert acme.connections[made].name == "Orders"

    def test_name_space_tags_properties(self, admin: Client, acme: Tenant, made: str) -> None:
        space = acme.add_space("Sales")
        answer = admin.patch(
            made,
            ("replace", "/QName", "New"),
            ("replace", "/space", space.id),
            ("add", "/tags/-", "one"),
            ("replace", "/connectionProperties/port", 6000),
            ("add", "/connectionproperties/sslmode", "require"),
            ("replace", "/connectionProperties/password", "new"),
        )
        assert (answer.status_code, answer.text) == (204, "")
        connection = acme.connections[made]
        assert (connection.name, connection.space, connection.tags[-1]) == ("New", space.id, "one")
        assert ";port=6000;" in connection.statement
        assert ";SSLMode=require;" in connection.statement
        assert acme.secrets_of(made) == {"password": "new"}
        assert connection.updated > connection.created

    def test_members_of_operations_match_in_any_case(self, admin: Client, acme: Tenant, made: str) -> None:
        body = [{"Op": "replace", "Path": "/qName", "Value": "New"}]
        assert admin("PATCH", f"data-connections/{made}", json=body).status_code == 204
        assert acme.connections[made].name == "New"

    def test_replace_of_a_missing_property(self, admin: Client, acme: Tenant, made: str) -> None:
        operation = ("replace", "/connectionProperties/db", "x")
        acme.set_behaviours(patch_replace_missing="reject")
        assert admin.patch(made, operation).status_code == 400
        acme.set_behaviours(patch_replace_missing="accept")
        assert admin.patch(made, operation).status_code == 204

    def test_rule_1_statement_and_properties(self, admin: Client, acme: Tenant, made: str) -> None:
        statement = acme.connections[made].statement
        operations = [("replace", "/qConnectStatement", statement), ("replace", "/connectionProperties/db", "x")]
        assert admin.patch(made, *operations).status_code == 400

    def test_rule_2_statement_needs_credentials(self, admin: Client, acme: Tenant, made: str) -> None:
        statement = acme.connections[made].statement
        changed = statement.replace("db.example.com", "other")
        assert admin.patch(made, ("replace", "/qConnectStatement", changed)).status_code == 400
        assert admin.patch(made, ("replace", "/qConnectStatement", statement)).status_code == 204
        with_password = [("replace", "/qConnectStatement", changed), ("add", "/qPassword", "x")]
        assert admin.patch(made, *with_password).status_code == 204
        assert acme.connections[made].properties["host"] == "other"
        assert acme.secrets_of(made) == {"qPassword": "x"}
        foreign = [("replace", "/qConnectStatement", statement.replace("driver=postgres", "driver=mysql"))]
        assert admin.patch(made, *foreign, ("add", "/qPassword", "x")).status_code == 400

    @pytest.mark.parametrize(("source", "name"), [("postgres", "host"), ("snowflake", "server"), ("rest", "url")])
    def test_rule_3_new_host_needs_credentials(self, admin: Client, acme: Tenant, source: str, name: str) -> None:
        made = acme.add_connection("h", source, {name: "old", "password": "p"}).id
        path = f"/connectionProperties/{name}"
        assert admin.patch(made, ("replace", path, "old")).status_code == 204
        assert admin.patch(made, ("replace", path, "new")).status_code == 400
        assert (
            admin.patch(made, ("replace", path, "new"), ("replace", "/connectionProperties/username", "x")).status_code
            == 400
        )
        assert (
            admin.patch(made, ("replace", path, "new"), ("replace", "/connectionProperties/password", "q")).status_code
            == 204
        )
        assert admin.patch(made, ("replace", path, "newer"), ("replace", "/qPassword", "q")).status_code == 204

    def test_rule_3_without_any_secret_is_switchable(self, admin: Client, acme: Tenant) -> None:
        made = acme.add_connection("open", "rest", {"url": "https://a"}).id
        operation = ("replace", "/connectionProperties/url", "https://b")
        assert admin.patch(made, operation).status_code == 400
        acme.set_behaviours(host_change_without_secrets="accept")
        assert admin.patch(made, operation).status_code == 204

    def test_rule_4_credentials_in_two_channels(self, admin: Client, made: str) -> None:
        operations = [("replace", "/qPassword", "a"), ("replace", "/connectionProperties/password", "b")]
        assert admin.patch(made, *operations).status_code == 400

    def test_host_change_dissociates_separate_credentials(self, admin: Client, acme: Tenant) -> None:
        properties = {"separateCredentials": "true", "credentialsName": "svc"}
        made = admin.create("S", properties=properties).json()
        credential_id = made["qCredentialsID"]
        assert made["qSeparateCredentials"] is True
        answer = admin.patch(made["qID"], ("replace", "/connectionProperties/host", "new"))
        assert answer.status_code == 204
        assert "qCredentialsID" not in admin("GET", f"data-connections/{made['qID']}").json()
        assert credential_id in acme.credentials
        again = admin.patch(made["qID"], ("replace", "/qCredentialsID", credential_id))
        assert again.status_code == 204
        assert acme.connections[made["qID"]].credentials_id == credential_id
        acme.set_behaviours(host_change_separate="reject")
        assert admin.patch(made["qID"], ("replace", "/connectionProperties/host", "newer")).status_code == 400

    def test_embedded_credentials_become_separate_and_leave_no_orphan(
        self, admin: Client, acme: Tenant, made: str
    ) -> None:
        operations = [
            ("replace", "/connectionProperties/separateCredentials", "true"),
            ("add", "/connectionProperties/credentialsName", "svc"),
        ]
        assert admin.patch(made, *operations).status_code == 204
        assert [(row.name, row.separated) for row in acme.credentials.values()] == [("svc", True)]
        assert "separateCredentials=true;" in acme.connections[made].statement
        assert acme.secrets_of(made) == {"password": "p"}

    def test_files_are_addressed_by_index(self, admin: Client, acme: Tenant) -> None:
        made = acme.add_connection("g", "gbq", {"KeyFilePath": [{"name": "a.json", "value": "QQ=="}]}).id
        path = "/connectionProperties/KeyFilePath/0"
        assert (
            admin.patch(made, ("replace", f"{path}/name", "b.json"), ("replace", f"{path}/value", "Qg==")).status_code
            == 204
        )
        assert acme.secrets_of(made)["KeyFilePath"] == [{"name": "b.json", "value": "Qg=="}]
        assert admin.patch(made, ("replace", "/connectionProperties/KeyFilePath/5/value", "x")).status_code == 400

    def test_encrypted_header_sent_back_empty(self, admin: Client, acme: Tenant) -> None:
        header = {"name": "K", "value": "v", "encrypt": True}
        made = acme.add_connection("r", "rest", {"url": "u", "queryHeaders": [header]}).id
        empty = ("replace", "/connectionProperties/queryHeaders", [header | {"value": ""}])
        acme.set_behaviours(encrypted_empty_value="keeps")
        assert admin.patch(made, empty).status_code == 204
        assert acme.secrets_of(made)["queryHeaders"] == {"K": "v"}
        acme.set_behaviours(encrypted_empty_value="clears")
        assert admin.patch(made, empty).status_code == 204
        assert acme.secrets_of(made)["queryHeaders"] == {"K": ""}

    def test_auth_code_travels_in_a_header(self, admin: Client, acme: Tenant) -> None:
        made = acme.add_connection("g", "gbq", {"OAuthMechanism": "1", "authCode": "old"}).id
        answer = admin.patch(made, ("replace", "/qName", "g2"), headers={"qlik-auth-code": "code=new"})
        assert answer.status_code == 204
        assert acme.secrets_of(made)["authCode"] == "new"

    def test_conflicts_and_limits(self, admin: Client, acme: Tenant, made: str) -> None:
        acme.add_connection("Taken")
        assert admin.patch(made, ("replace", "/qName", "Taken")).status_code == 409
        assert admin.patch(made, ("replace", "/tags", [str(n) for n in range(32)])).status_code == 400
        own = acme.connections[made].tags
        assert admin.patch(made, ("replace", "/tags", [*own, *(str(n) for n in range(31))])).status_code == 204
        unknown = ("replace", "/qCredentialsID", "00000000-0000-4000-8000-000000000000")
        assert admin.patch(made, unknown).status_code == 404
        assert admin("PATCH", f"data-connections/{made}", json=[]).status_code == 204


class TestPutAndDelete:
    def test_put_needs_the_whole_definition(self, admin: Client, acme: Tenant) -> None:
        made = admin.create(tags=["keep"]).json()
        body = {key: made[key] for key in ("qID", "qEngineObjectID", "qName", "qConnectStatement", "qType")}
        path = f"data-connections/{made['qID']}"
        for key in body:
            assert admin("PUT", path, json={k: v for k, v in body.items() if k != key}).status_code == 400
        body["qConnectStatement"] = body["qConnectStatement"].replace("port=5432", "port=9")
        assert admin("PUT", path, json=body | {"qName": "Renamed"}).status_code == 204
        connection = acme.connections[made["qID"]]
        assert (connection.name, connection.properties["port"], connection.tags[0]) == ("Renamed", "9", "keep")
        assert acme.secrets_of(made["qID"]) == {"password": "p"}
        assert admin("PUT", path, json=body | {"qType": "QvRestConnector.exe"}).status_code == 400
        assert admin("PUT", path, json=body | {"qConnectStatement": "x"}).status_code == 400
        acme.add_connection("Taken")
        assert admin("PUT", path, json=body | {"qName": "Taken"}).status_code == 409

    def test_delete_takes_embedded_credentials_along_and_leaves_separate_ones(
        self, admin: Client, acme: Tenant
    ) -> None:
        embedded = admin.create("A").json()
        separate = admin.create("B", properties={"separateCredentials": "true", "credentialsName": "svc"}).json()
        for made in (embedded, separate):
            assert admin("DELETE", f"data-connections/{made['qID']}").status_code == 204
            assert admin("DELETE", f"data-connections/{made['qID']}").status_code == 404
        assert list(acme.credentials) == [separate["qCredentialsID"]]
        assert admin.create("A").status_code == 201
