"""What a workspace may say of a Salesforce org, and how one logs in there."""

import pytest
from calls import CANARY, trouble
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from orgs import World, a_row, a_spec, served

from serving.destinations.destination import Acknowledged
from serving.destinations.salesforce.destination import mistakes
from serving.destinations.troubles import Misconfigured

ORG = "https://acme.my.salesforce.com"


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({"instance": "https://salesforce.com.example.org"}, "options.instance"),
        ({"instance": "http://acme.my.salesforce.com"}, "options.instance"),
        ({"instance": f"{ORG}/home"}, "options.instance"),
        ({"instance": ""}, "options.instance"),
        ({"objekt": "Contact"}, "options.objekt"),
        ({"object": "Con/tact"}, "options.object"),
        ({"api_version": 40.0}, "options.api_version"),
        ({"api_version": "new"}, "options.api_version"),
        ({"poll_seconds": 0}, "options.poll_seconds"),
        ({"wait_seconds": True}, "options.wait_seconds"),
        ({"audience": "https://example.org"}, "options.audience"),
        ({"key_field": "customer_key"}, "key_field"),
        ({"fields": ["Churn Score"]}, "fields.Churn Score"),
        ({"secrets": {"client_id": "x"}}, "secrets"),
        ({"secrets": {"client_secret": "x"}}, "secrets.client_id"),
        ({"secrets": {"client_id": "x", "client_secret": "x", "private_key": "x"}}, "secrets"),
        ({"secrets": {"client_id": "x", "private_key": "x"}}, "options.username"),
        ({"secrets": {"client_id": "x", "client_secret": "x", "token": "x"}}, "secrets.token"),
    ],
)
def test_a_mistake_is_told_by_its_key(told, key):
    assert key in [one.key for one in mistakes(a_spec(told.pop("instance", ORG), **told))]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"api_version": "61.0", "wait_seconds": 0, "object": "Account", "poll_seconds": 30},
        {"secrets": {"client_id": "x", "private_key": "x"}, "username": "jejak@example.com"},
    ],
)
def test_what_can_be_meant_is_no_mistake(told):
    assert mistakes(a_spec(ORG, **told)) == []


@pytest.fixture(scope="module")
def key():
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM
    private = made.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def test_who_holds_the_certificate_is_let_in(key):
    private, public = key
    with served() as here:
        world = World(here)
        world.stub.public_key = public
        told = {"username": "jejak@example.com", "audience": "https://test.salesforce.com"}
        secrets = {"client_id": "client", "private_key": private}
        assert world.send(a_row("c1"), secrets=secrets, **told) == {"c1": Acknowledged()}
        with pytest.raises(Misconfigured, match="invalid_grant"):
            world.send(a_row("c1"), secrets=secrets, username="somebody@example.com")
        broken = {"client_id": "client", "private_key": CANARY}
        with trouble(Misconfigured, "PRIVATE_KEY"):
            world.send(a_row("c1"), secrets=broken, **told)
