"""Every setting of Dataverse that cannot be meant is named before anything is called."""

from dataclasses import replace

import pytest
from environments import a_spec

from serving.destinations import kinds
from serving.destinations.dataverse.settings import mistakes, settings
from serving.secret import Secret

URL = "https://contoso.crm5.dynamics.com"
RIGHT = a_spec(URL)
RIGHT = replace(
    RIGHT, options={name: told for name, told in RIGHT.options.items() if name != "token_url"}
)


def changed(**options):
    told = {**RIGHT.options, **options}
    return replace(RIGHT, options={name: one for name, one in told.items() if one is not None})


def test_defaults_lead_to_contacts_and_their_sign_in():
    told = settings(RIGHT)
    assert (told.table, told.entity_set, told.rows_a_batch) == ("contact", "contacts", 200)
    assert told.token_url.startswith("https://login.microsoftonline.com/tenant/oauth2/v2.0/")
    china = settings(changed(url="https://contoso.crm.dynamics.cn/", table="account"))
    assert (china.url, china.entity_set) == ("https://contoso.crm.dynamics.cn", "accounts")
    assert china.token_url.startswith("https://login.partner.microsoftonline.cn/")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rows_a_batch": 1000, "api_version": "9.1", "entity_set": "new_people"},
        {"token_url": "https://login.microsoftonline.us/tenant/oauth2/v2.0/token"},
    ],
)
def test_what_can_be_meant_has_no_mistakes(options):
    assert mistakes(changed(**options)) == []
    assert kinds.mistakes(changed(**options)) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": None}, "options.url: is missing; write the environment's address"),
        ({"url": "http://contoso.crm5.dynamics.com"}, "options.url: is 'http://"),
        ({"url": "https://dynamics.com.evil.test"}, "options.url: is no environment of Dataverse"),
        ({"url": "https://me@contoso.crm5.dynamics.com"}, "options.url: is 'https://me@"),
        ({"url": f"{URL}/api/data"}, "options.url: is"),
        ({"tenant_id": "a/b"}, "options.tenant_id: is 'a/b'; write the directory"),
        ({"client_id": None}, "options.client_id: is missing; write the application"),
        ({"table": "Contact"}, "options.table: is 'Contact'; write its logical name"),
        ({"api_version": 9.2}, "options.api_version: is 9.2; write it as"),
        ({"rows_a_batch": 1001}, "options.rows_a_batch: is 1001; write 1 to 1000"),
        ({"rows_a_batch": True}, "options.rows_a_batch: is True; write 1 to 1000"),
        ({"token_url": "https://evil.test/token"}, "options.token_url: is no address"),
        ({"tenant": "a"}, "options.tenant: is not a known key; did you mean `tenant_id`?"),
    ],
)
def test_each_option_that_cannot_be_meant_is_named(options, said):
    [mistake] = mistakes(changed(**options))
    assert str(mistake).startswith(said)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (replace(RIGHT, secrets={}), "secrets.client_secret: is missing"),
        (
            replace(RIGHT, secrets={**RIGHT.secrets, "client_secre": Secret(str)}),
            "secrets.client_secre: is not a known key; did you mean `client_secret`?",
        ),
        (replace(RIGHT, key_field="CustomerKey"), "key_field: 'CustomerKey' is no name"),
        (replace(RIGHT, fields={"@odata.id": "action"}), "fields.@odata.id: is no name"),
    ],
)
def test_secrets_and_names_of_columns_are_checked(spec, said):
    [mistake] = mistakes(spec)
    assert str(mistake).startswith(said)
