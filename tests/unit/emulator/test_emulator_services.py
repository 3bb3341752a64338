"""The services beside data-connections: credentials, actions, sources, spaces, users, tenants, tokens, organization."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.emulator import Emulator, Tenant
from tests.unit.emulator.conftest import Client, error_of

NOBODY = "00000000-0000-4000-8000-000000000000"


class TestCredentials:
    @pytest.fixture
    def separate(self, admin: Client) -> dict[str, Any]:
        """A connection whose credentials are separate and named svc."""
        made: dict[str, Any] = admin.create(
            "S", properties={"separateCredentials": True, "credentialsName": "svc"}
        ).json()
        return made

    def test_found_by_id_and_name_without_secrets(self, admin: Client, separate: dict[str, Any]) -> None:
        by_id = admin("GET", f"data-credentials/{separate['qCredentialsID']}")
        by_name = admin("GET", "data-credentials/svc?byCredentialName=true").json()
        assert by_id.json() == by_name
        assert (by_name["qName"], by_name["qConnCount"], by_name["qSeparated"]) == ("svc", 1, 1)
        assert '"p"' not in by_id.text
        namespaced = admin("GET", "/api/connectivity/data-credentials/svc?byCredentialName=true").json()
        assert namespaced["createdAt"] == by_name["created"]
        assert admin("GET", f"data-credentials/{NOBODY}").status_code == 404
        assert admin("GET", "data-credentials/svc").status_code == 400

    def test_existing_ones_are_attached(self, admin: Client, acme: Tenant, separate: dict[str, Any]) -> None:
        chosen = {"separateCredentials": "true", "selectedCredentials": separate["qCredentialsID"]}
        body = {"datasourceID": "postgres", "qName": "T", "connectionProperties": {"host": "h"} | chosen}
        made = admin("POST", "data-connections", json=body).json()
        assert made["qCredentialsID"] == separate["qCredentialsID"]
        assert acme.secrets_of(made["qID"]) == {"password": "p"}
        body["connectionProperties"]["selectedCredentials"] = NOBODY  # type: ignore[index]
        assert admin("POST", "data-connections", json=body | {"qName": "U"}).status_code == 404
        again = admin.create("U", properties={"separateCredentials": "true", "credentialsName": "svc"})
        assert again.status_code == 409

    def test_patch_put_delete(self, admin: Client, acme: Tenant, separate: dict[str, Any]) -> None:
        path = f"data-credentials/{separate['qCredentialsID']}"
        body = [
            {"op": "replace", "path": "/qName", "value": "svc2"},
            {"op": "replace", "path": "/connectionProperties/password", "value": "q"},
        ]
        assert admin("PATCH", path, json=body).status_code == 204
        assert acme.secrets_of(separate["qID"]) == {"password": "q"}
        assert admin("PATCH", path, json={"patchData": body}).status_code == 400
        assert admin("PATCH", path, json=[{"op": "replace", "path": "/connectionId", "value": "x"}]).status_code == 400
        whole = {"qName": "svc3", "qType": separate["qType"], "qUsername": "u", "qPassword": "r"}
        assert admin("PUT", path, json=whole).status_code == 204
        assert acme.secrets_of(separate["qID"]) == {"qPassword": "r"}
        assert admin("PUT", path, json={"qName": "x"}).status_code == 400
        assert admin("DELETE", path).status_code == 204
        assert admin("DELETE", path).status_code == 404

    def test_orphans(self, admin: Client, separate: dict[str, Any]) -> None:
        def orphans(**body: Any) -> int:
            return int(admin("POST", "data-credentials/actions/filter-orphan", json=body).json()["count"])

        assert orphans() == 0
        admin("DELETE", f"data-connections/{separate['qID']}")
        assert orphans() == orphans(qSeparated=1) == orphans(datasourceID="postgres") == 1
        assert orphans(qSeparated=0) == orphans(qType="other") == 0
        assert admin("POST", "data-credentials/actions/filter-orphan", json={"qSeparated": 5}).status_code == 400


class TestActions:
    def test_delete_answers_item_by_item(self, admin: Client, analyst: Client, acme: Tenant) -> None:
        made = acme.add_connection("A").id
        body = {"connections": [{"id": made}, {"id": NOBODY}]}
        assert analyst("POST", "data-connections/actions/delete", json=body).status_code == 403
        answer = admin("POST", "data-connections/actions/delete", json=body)
        assert answer.status_code == 207
        first, second = answer.json()["data"]
        assert first == {"id": made, "status": 204}
        assert (second["status"], second["error"]["code"]) == (404, "DCERROR-0010")
        assert not acme.connections
        wrongs: list[dict[str, Any]] = [{}, {"connections": []}, {"connections": ["x"]}, {"connections": [{"id": "x"}]}]
        for wrong in wrongs:
            assert admin("POST", "data-connections/actions/delete", json=wrong).status_code == 400

    def test_update_of_space_needs_its_type(self, admin: Client, acme: Tenant) -> None:
        space = acme.add_space("Sales", "managed")
        made = acme.add_connection("A").id

        def update(**item: Any) -> int:
            answer = admin("POST", "data-connections/actions/update", json={"connections": [{"id": made} | item]})
            assert answer.status_code == 207
            return int(answer.json()["data"][0]["status"])

        assert update(spaceId=space.id) == 400
        assert update(spaceId=space.id, spaceType="shared") == 400
        assert update(spaceId=space.id, spaceType="managed") == 204
        assert acme.connections[made].space == space.id
        assert update(spaceId="0" * 24, spaceType="shared") == 404
        acme.add_connection("A")
        assert update(spaceId="", spaceType="personal") == 409

    def test_owner_change_leaves_the_secrets_behind(self, admin: Client, acme: Tenant) -> None:
        made = acme.add_connection("A", properties={"host": "h", "password": "p"}).id
        analyst = acme.user("analyst").id
        body = {"connections": [{"id": made, "ownerId": analyst}, {"id": made, "ownerId": "nobody"}]}
        statuses = [
            item["status"] for item in admin("POST", "data-connections/actions/update", json=body).json()["data"]
        ]
        assert statuses == [204, 404]
        assert acme.connections[made].owner == analyst
        assert acme.secrets_of(made) == {}

    def test_duplicate(self, admin: Client, acme: Tenant) -> None:
        acme.has_datafiles = True
        space = acme.add_space("Sales")
        made = acme.add_connection("A", space="Sales", properties={"host": "h", "password": "p"}).id

        def duplicate(**body: Any) -> requests.Response:
            return admin("POST", "data-connections/actions/duplicate", json=body)

        copy = duplicate(id=made)
        assert copy.status_code == 201
        assert (copy.json()["qName"], copy.json()["space"]) == ("A (1)", space.id)
        assert acme.secrets_of(copy.json()["qID"]) == {"password": "p"}
        assert duplicate(id=made, name="A").status_code == 409
        assert duplicate(id=made, name="A", spaceId="").status_code == 201
        assert duplicate(id=NOBODY).status_code == 404
        reserved = admin("GET", "data-connections").json()["data"][-1]["qID"]
        assert duplicate(id=reserved).status_code == 400


class TestPrivileges:
    def test_admin_may_not_update_another_s_connection(self, admin: Client, acme: Tenant) -> None:
        acme.add_space("Sales", roles={"analyst": ["producer"]})
        made = acme.add_connection("A", space="Sales", owner="analyst").id
        item = admin("GET", f"data-connections/{made}").json()
        assert item["privileges"] == ["change_owner", "change_space", "delete", "list", "read"]
        assert admin.patch(made, ("replace", "/qName", "B")).status_code == 403
        acme.set_behaviours(admin_patch_status=404)
        assert admin.patch(made, ("replace", "/qName", "B")).status_code == 404
        assert admin("DELETE", f"data-connections/{made}").status_code == 204

    @pytest.mark.parametrize(
        ("role", "privileges", "creates"),
        [
            ("consumer", ["list", "read"], 403),
            ("producer", ["list", "read"], 201),
            ("facilitator", ["delete", "list", "read"], 201),
        ],
    )
    def test_roles_in_a_space(
        self, analyst: Client, acme: Tenant, role: str, privileges: list[str], creates: int
    ) -> None:
        space = acme.add_space("Sales", roles={"analyst": [role]})
        made = acme.add_connection("A", space="Sales").id
        assert analyst("GET", f"data-connections/{made}").json()["privileges"] == privileges
        assert analyst.create("B", space=space.id).status_code == creates
        assert analyst.patch(made, ("replace", "/qName", "C")).status_code == 403
        assert analyst("DELETE", f"data-connections/{made}").status_code == (204 if role == "facilitator" else 403)

    @pytest.mark.parametrize(
        ("role", "seen"),
        [
            ("TenantAdmin", {"personal", "shared", "managed", "data"}),
            ("AnalyticsAdmin", {"shared", "managed"}),
            ("DataAdmin", {"data"}),
        ],
    )
    def test_administrators_see_their_kinds_of_space(
        self, analyst: Client, acme: Tenant, role: str, seen: set[str]
    ) -> None:
        acme.user("analyst").roles = [role]
        for kind in ("shared", "managed", "data"):
            acme.add_space(f"a {kind} space", kind)
            acme.add_connection(kind, space=f"a {kind} space")
        acme.add_connection("personal")
        assert {item["qName"] for item in analyst("GET", "data-connections").json()["data"]} == seen

    def test_scopes_only_narrow(self, acme: Tenant) -> None:
        acme.add_oauth_client("reader", "s", ["data-connections:read"])
        acme.gateways["DG_*"] = [{"id": "a::a", "name": "G", "default": True}]
        token = Client(acme, None)(
            "POST",
            "/oauth/token",
            json={"client_id": "reader", "client_secret": "s", "grant_type": "client_credentials"},
        ).json()["access_token"]
        reader = Client(acme, token)
        assert reader("GET", "data-connections").status_code == 200
        assert reader.create("A").status_code == 403
        assert reader("GET", "data-sources/DG_postgres/gateways").status_code == 401
        acme.set_behaviours(gateway_scope_status=403)
        assert reader("GET", "data-sources/DG_postgres/gateways").status_code == 403


class TestSources:
    @pytest.mark.parametrize(("form", "time_name"), [("/api/v1", "lastUpdated"), ("/api/connectivity", "updatedAt")])
    def test_list(self, admin: Client, acme: Tenant, form: str, time_name: str) -> None:
        answer = admin("GET", f"{form}/data-sources").json()
        assert set(answer) == {"dataSources", time_name}
        by_id = {item["dataSourceId"]: item for item in answer["dataSources"]}
        assert len(by_id) > 90
        assert by_id["postgres"]["provider"] == "QvOdbcConnectorPackage.exe"
        assert by_id["postgres"]["dataSourcePropertyName"] == "driver"
        assert by_id["rest"]["dataSourcePropertyName"] is None
        assert by_id["File_AmazonS3ConnectorV2"]["qriDefinition"]["connectionPart"]["properties"] == [
            "region",
            "bucketName",
        ]
        acme.disabled_sources.add("postgres")
        ids = [item["dataSourceId"] for item in admin("GET", f"{form}/data-sources").json()["dataSources"]]
        assert "postgres" not in ids
        last = admin(
            "GET", f"{form}/data-sources?dataSourceId=rest&dataSourceId=postgres&includeDisabled=true&detail=true"
        ).json()
        assert [(item["dataSourceId"], item["disabled"]) for item in last["dataSources"]] == [("postgres", True)]
        assert last["connectorNodes"]

    def test_every_source_has_specs(self, admin: Client) -> None:
        for item in admin("GET", "data-sources").json()["dataSources"]:
            specs = admin("GET", f"data-sources/{item['dataSourceId']}/api-specs").json()
            assert specs["connectorProvider"] == item["provider"]
            properties = specs["connectionProperties"]["properties"]
            assert {"separateCredentials", "selectedCredentials", "credentialsName"} < set(properties)
            assert {spec["type"] for spec in properties.values()} <= {"string", "boolean", "integer", "array"}
            assert "secret" not in {key for spec in properties.values() for key in spec}

    def test_details(self, admin: Client) -> None:
        properties = admin("GET", "data-sources/postgres/api-specs").json()["connectionProperties"]["properties"]
        assert properties["Fetch"] == {"type": "integer", "default": 200, "description": "Fetch"}
        assert properties["SSLMode"]["enum"][0] == "disable"
        missing = admin("GET", "data-sources/nosuch/api-specs")
        assert missing.status_code == 404
        assert set(error_of(missing)) == {"code", "title", "detail"}
        assert error_of(missing)["code"].startswith("DCAAS-")

    def test_gateways(self, admin: Client, acme: Tenant) -> None:
        assert admin("GET", "data-sources/DG_mssql/gateways").status_code == 404
        gateway = {"id": "a::a", "name": "G", "default": True}
        acme.gateways["DG_*"] = [gateway]
        assert admin("GET", "data-sources/DG_mssql/gateways?forceRefresh=true").json()["gateways"] == [gateway]
        assert admin("GET", "data-sources/postgres/gateways").status_code == 404

    def test_settings(self, admin: Client, analyst: Client, acme: Tenant) -> None:
        path = "data-sources/rest/settings"
        assert admin("GET", path).json() == {"disabled": False}
        assert analyst("PUT", path, json={"disabled": True}).status_code == 401
        acme.set_behaviours(settings_status=403)
        assert analyst("PUT", path, json={"disabled": True}).status_code == 403
        assert admin("PUT", path, json={"disabled": "yes"}).status_code == 400
        assert admin("PUT", path, json={"disabled": True}).json() == {"disabled": True}
        assert acme.disabled_sources == {"rest"}


class TestSpaces:
    def test_names_match_partly_and_in_any_case(self, admin: Client, acme: Tenant) -> None:
        for name in ("Sales", "Sales EU", "Pre-sales", "Other"):
            acme.add_space(name)
        rows = admin("GET", "spaces?name=sales&sort=%2Bname").json()
        assert [row["name"] for row in rows["data"]] == ["Pre-sales", "Sales", "Sales EU"]
        assert rows["meta"]["count"] == 3
        assert len(rows["data"][0]["id"]) == 24

    def test_pages(self, admin: Client, acme: Tenant) -> None:
        for number in range(25):
            acme.add_space(f"s{number}", ("shared", "managed", "data")[number % 3])
        page = admin("GET", "spaces").json()
        assert len(page["data"]) == 10
        seen = [row["name"] for row in page["data"]]
        while "next" in page["links"]:
            page = admin("GET", page["links"]["next"]["href"]).json()
            seen += [row["name"] for row in page["data"]]
        assert seen == [f"s{number}" for number in range(25)]
        assert len(admin("GET", page["links"]["prev"]["href"]).json()["data"]) == 10
        assert len(admin("GET", "spaces?type=managed,data&limit=100").json()["data"]) == 16
        assert admin("GET", "spaces?type=nope").status_code == 400
        assert admin("GET", "spaces?limit=101").status_code == 400

    def test_create_and_its_refusals(self, admin: Client, analyst: Client) -> None:
        made = admin("POST", "spaces", json={"name": "Sales", "type": "shared", "description": "d"})
        assert made.status_code == 201
        assert admin("POST", "spaces", json={"name": "Sales", "type": "data"}).status_code == 409
        assert admin("POST", "spaces", json={"name": "sales", "type": "data"}).status_code == 201
        assert analyst("POST", "spaces", json={"name": "Mine", "type": "shared"}).status_code == 403
        for name in ("a:b", "a/b", 'a"b', "x" * 257, ""):
            refused = admin("POST", "spaces", json={"name": name, "type": "shared"})
            assert refused.status_code == 400
        body = refused.json()
        assert {"errors", "code", "title", "detail", "traceId"} == set(body)
        assert admin("POST", "spaces", json={"name": "x", "type": "personal"}).status_code == 400

    def test_change_and_delete(self, admin: Client, analyst: Client, acme: Tenant) -> None:
        path = f"spaces/{acme.add_space('Sales').id}"
        acme.add_space("Other")
        patch = [{"op": "replace", "path": "/description", "value": "new"}]
        assert admin("PATCH", path, json=patch).json()["description"] == "new"
        assert admin("PATCH", path, json={"patchData": patch}).status_code == 400
        assert admin("PATCH", path, json=[{"op": "replace", "path": "/type", "value": "data"}]).status_code == 400
        assert admin("PATCH", path, json=[{"op": "replace", "path": "/name", "value": "Other"}]).status_code == 409
        assert admin("PUT", path, json={"name": "Sales 2"}).json()["name"] == "Sales 2"
        assert analyst("GET", path).status_code == 404
        connection = acme.add_connection("A", space="Sales 2")
        assert admin("DELETE", path).status_code == 412
        acme.remove_connection(connection.id)
        assert admin("DELETE", path).status_code == 204
        assert admin("GET", path).status_code == 404

    def test_assignments(self, admin: Client, analyst: Client, acme: Tenant) -> None:
        path = f"spaces/{acme.add_space('Sales').id}"
        body = {"type": "user", "assigneeId": acme.user("analyst").id, "roles": ["consumer"]}
        made = admin("POST", f"{path}/assignments", json=body)
        assert made.status_code == 201
        assert admin("POST", f"{path}/assignments", json=body).status_code == 409
        assert admin("POST", f"{path}/assignments", json=body | {"roles": ["king"]}).status_code == 400
        assert analyst("GET", path).status_code == 200
        assert analyst("PATCH", path, json=[]).status_code == 403
        one = f"{path}/assignments/{made.json()['id']}"
        assert admin("PUT", one, json={"roles": ["facilitator"]}).json()["roles"] == ["facilitator"]
        assert len(admin("GET", f"{path}/assignments").json()["data"]) == 1
        assert admin("DELETE", one).status_code == 204
        assert analyst("GET", path).status_code == 404
        assert admin("GET", "spaces/types").json()["data"] == ["shared", "managed", "data"]


class TestUsersAndTenants:
    def test_me_redirects(self, admin: Client, acme: Tenant) -> None:
        answer = admin("GET", "users/me")
        assert answer.status_code == 301
        assert answer.headers["location"] == f"/api/v1/users/{acme.user('admin').id}"
        user = admin("GET", answer.headers["location"]).json()
        assert user["assignedRoles"][0] | {"id": ""} == {
            "id": "",
            "name": "TenantAdmin",
            "type": "default",
            "level": "admin",
        }
        assert (user["tenantId"], user["roles"]) == (acme.id, ["TenantAdmin"])
        acme.set_behaviours(redirect_location="absolute")
        answer = admin("GET", "tenants/me")
        assert answer.status_code == 302
        tenant = admin("GET", answer.headers["location"]).json()
        assert (tenant["id"], tenant["hostnames"], tenant["status"]) == (acme.id, [acme.host], "active")

    def test_users_are_found_and_paged(self, admin: Client, acme: Tenant) -> None:
        for number in range(30):
            acme.add_user(f"u{number}", f"u{number}@x.example")
        found = admin("GET", "users", params={"filter": 'email eq "u7@x.example"'}).json()
        assert [row["name"] for row in found["data"]] == ["u7"]
        assert len(admin("GET", "users").json()["data"]) == 20
        page = admin("GET", "users?limit=30").json()
        assert len(admin("GET", page["links"]["next"]["href"]).json()["data"]) == 2
        by_post = admin("POST", "users/actions/filter", json={"filter": 'subject sw "auth0|" and name eq "u8"'}).json()
        assert len(by_post["data"]) == 1
        refused = admin("GET", "users", params={"filter": "nonsense"})
        assert error_of(refused)["status"] == 400
        assert admin("GET", "users/actions/count").json() == {"total": 32}
        missing = admin("GET", "users/nobody")
        assert (missing.status_code, "traceId" in missing.json()) == (404, True)
        foreign = admin("GET", "tenants/other")
        assert error_of(foreign)["status"] == "404"


class TestSignIn:
    def token(self, acme: Tenant, **changes: Any) -> requests.Response:
        """Ask for a token as the tenant's client."""
        body = {
            "client_id": "client-acme",
            "client_secret": "secret-acme",
            "grant_type": "client_credentials",
        } | changes
        return requests.post(f"{acme.url}/oauth/token", json=body, timeout=10)

    def test_token_makes_a_bot(self, acme: Tenant) -> None:
        answer = self.token(acme).json()
        assert (answer["token_type"], answer["expires_in"]) == ("bearer", 21600)
        bot = Client(acme, answer["access_token"])
        me = bot("GET", "users/me", allow_redirects=True).json()
        assert (me["name"], me["roles"]) == ("qlikbot\\client-acme", ["TenantAdmin"])
        assert bot.create("A").status_code == 201
        self.token(acme)
        assert len(acme.users) == 3

    def test_form_body(self, acme: Tenant) -> None:
        body = {"client_id": "client-acme", "client_secret": "secret-acme", "grant_type": "client_credentials"}
        assert requests.post(f"{acme.url}/oauth/token", data=body, timeout=10).status_code == 200

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"client_secret": "x"}, 401),
            ({"client_id": "x"}, 401),
            ({"grant_type": "password"}, 400),
            ({"scope": "foreign"}, 400),
        ],
    )
    def test_refusals(self, acme: Tenant, change: dict[str, str], status: int) -> None:
        answer = self.token(acme, **change)
        assert answer.status_code == status
        assert error_of(answer)["status"] == str(status)

    def test_disabled_bot(self, acme: Tenant) -> None:
        self.token(acme)
        acme.user("qlikbot\\client-acme").status = "disabled"
        assert self.token(acme).status_code == 403

    def test_scope_is_narrowed(self, acme: Tenant) -> None:
        assert self.token(acme, scope="user_default").json()["scope"] == "user_default"

    def test_impersonation(self, acme: Tenant) -> None:
        lookup = {"field": "userId", "value": acme.user("analyst").id}
        answer = self.token(acme, grant_type="urn:qlik:oauth:user-impersonation", user_lookup=lookup)
        me = Client(acme, answer.json()["access_token"])("GET", "users/me", allow_redirects=True).json()
        assert me["name"] == "analyst"

    def test_tokens_expire_and_keys_are_revoked(self, admin: Client, acme: Tenant) -> None:
        bot = Client(acme, self.token(acme).json()["access_token"])
        assert bot("GET", "spaces").status_code == 200
        assert acme.expire_tokens() == 1
        assert bot("GET", "spaces").status_code == 401
        acme.token_lifetime = 0.05
        short = Client(acme, self.token(acme).json()["access_token"])
        time.sleep(0.1)
        assert short("GET", "spaces").status_code == 401
        assert admin("GET", "spaces").status_code == 200
        acme.revoke("key-acme")
        assert admin("GET", "spaces").status_code == 401

    @pytest.mark.parametrize(("how", "content"), [("json", "application/json"), ("html", "text/html"), ("empty", None)])
    def test_401_in_three_forms(self, acme: Tenant, how: str, content: str | None) -> None:
        acme.set_behaviours(edge_401=how)
        answer = Client(acme, "wrong")("GET", "data-connections")
        assert answer.status_code == 401
        assert answer.headers.get("content-type") == content
        assert Client(acme, None)("GET", "data-connections").status_code == 401


class TestOrganization:
    def test_tenants_of_a_subscription(self, emulator: Emulator) -> None:
        for number in range(24):
            emulator.add_tenant({"name": f"t{number}", "region": "us" if number % 2 else "eu", "subscription": "sub-a"})
        site = emulator.organization
        site.others = [
            {"name": "gone", "hostnames": ["gone.eu.qlikcloud.com"], "subscription": "sub-a", "status": "deleted"}
        ]
        body = {"client_id": "organization", "client_secret": "organization-secret", "grant_type": "client_credentials"}
        token = requests.post(f"{site.url}/oauth/token", json=body, timeout=10).json()["access_token"]
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {token}"

        def listed(expression: str | None, **query: Any) -> requests.Response:
            arguments = query | ({"filter": expression} if expression else {})
            return session.get(f"{site.url}/api/core/tenants", params=arguments, timeout=10)

        assert listed(None).status_code == 400
        assert listed('subscriptionId eq "foreign"').status_code == 403
        assert listed('subscriptionId eq "sub-a" and name co "t"').status_code == 400
        assert listed('subscriptionId eq "sub-a" and countryCode sw "D"').status_code == 400
        assert error_of(listed("x"))["status"] == "400"
        for spelling in ("next", "offset"):
            site.set_behaviours(organization_paging=spelling)
            page = listed('subscriptionId eq "sub-a" and status eq "active"', totalResults="true").json()
            assert (len(page["data"]), page["totalResults"]) == (20, 24)
            assert f"{spelling}=" in page["links"]["next"]["href"]
            rest = session.get(page["links"]["next"]["href"], timeout=10).json()
            assert len(rest["data"]) == 4
            assert "next" not in rest["links"]
        assert len(listed('subscriptionId eq "sub-a" and regionCode ne "eu"').json()["data"]) == 12
        item = listed('subscriptionId eq "sub-a" and name eq "t3"').json()["data"][0]
        assert item["hostnames"] == [emulator.tenant("t3").host]
        single = f"{site.url}/api/core/tenants/{item['id']}"
        assert session.get(single, timeout=10).json() == item
        site.set_behaviours(organization_single="wrapped")
        assert session.get(single, timeout=10).json() == {"data": [item]}
        count = session.get(
            f"{site.url}/api/core/tenants/actions/count", params={"filter": 'subscriptionId eq "sub-a"'}, timeout=10
        )
        assert count.json() == {"total": 25}
        posted = session.post(
            f"{site.url}/api/core/tenants/actions/filter", json={"filter": 'subscriptionId eq "sub-a"'}, timeout=10
        )
        assert len(posted.json()["data"]) == 20
        assert len(listed('subscriptionId eq "sub-a"', limit=0).json()["data"]) == 0
        assert requests.get(single, timeout=10).status_code == 401
        session.close()
