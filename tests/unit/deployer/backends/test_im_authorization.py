import pytest

from services.deployer.backends.im.authorization import (
    Secrets,
    Unsuitable,
    header,
    manager_line,
    manager_url,
    value_text,
)
from shared.contracts.ranking import Candidate
from tests.support.builders import a_candidate

USER = Secrets("the-token")


def service(type: str, endpoint: str = "https://cloud.example.org:5000/v3", **settings: str) -> Candidate:
    update = {"service_type": type, "endpoint": endpoint, "settings": settings, "region": None}
    return a_candidate().model_copy(update=update)


def line(candidate: Candidate, secrets: Secrets = USER) -> dict[str, str]:
    _, text = header(manager_line(secrets), candidate, secrets).split("\\n")
    return dict(part.split(" = ") for part in text.split("; "))


def test_the_first_line_is_for_the_manager_with_the_users_token() -> None:
    first, second = header(manager_line(USER), service("dummy"), USER).split("\\n")
    assert first == "id = im; type = InfrastructureManager; token = the-token"
    assert second == "id = dummy; type = Dummy"


def test_an_operators_account_takes_the_place_of_the_users_token() -> None:
    assert manager_line(USER, ("corale", "a-word")) == {
        "id": "im",
        "type": "InfrastructureManager",
        "username": "corale",
        "password": "a-word",
    }


def test_openstack_lets_the_user_in_by_the_sites_identity_provider() -> None:
    candidate = service("openstack", identity_provider="egi.eu", project="biomed")
    assert line(candidate.model_copy(update={"region": "north"})) == {
        "id": "ost",
        "type": "OpenStack",
        "host": "https://cloud.example.org:5000",
        "username": "egi.eu",
        "tenant": "oidc",
        "password": "the-token",
        "domain": "biomed",
        "auth_version": "3.x_oidc_access_token",
        "service_region": "north",
    }


def test_openstack_takes_the_account_that_the_operator_keeps() -> None:
    kept = Secrets("the-token", {"username": "corale", "password": "a-word"})
    found = line(service("openstack", project="biomed"), kept)
    assert (found["username"], found["password"], found["auth_version"]) == ("corale", "a-word", "3.x_password")
    assert (found["tenant"], found["domain"]) == ("biomed", "default")


def test_the_tenant_of_an_account_comes_before_the_project_that_was_chosen() -> None:
    own = Secrets("the-token", {"username": "ada", "password": "hers", "tenant": "her-tenant"})
    assert line(service("openstack", project="biomed"), own)["tenant"] == "her-tenant"


def test_the_types_of_the_federations_register_are_known() -> None:
    candidate = service("org.openstack.nova", identity_provider="egi.eu", project="biomed")
    assert line(candidate)["type"] == "OpenStack"
    legacy = candidate.model_copy(update={"service_type": "eu.egi.cloud.vm-management.openstack"})
    assert line(legacy)["type"] == "OpenStack"
    assert line(service("eu.egi.cloud.vm-management.opennebula"))["type"] == "OpenNebula"


@pytest.mark.parametrize("kept", [{}, {"username": "corale", "password": "a-word"}])
def test_the_project_that_was_chosen_comes_before_the_one_the_service_is_described_with(kept: dict[str, str]) -> None:
    candidate = service("openstack", identity_provider="egi.eu", project="biomed")
    found = line(candidate.model_copy(update={"project": "physics"}), Secrets("t", kept))
    assert found["tenant" if kept else "domain"] == "physics"
    assert "biomed" not in found.values()


def test_a_project_that_was_chosen_is_enough() -> None:
    candidate = service("openstack", identity_provider="egi.eu").model_copy(update={"project": "physics"})
    assert line(candidate)["domain"] == "physics"
    azure = service("azure").model_copy(update={"project": "a-subscription"})
    assert line(azure, Secrets("t", {"username": "u", "password": "p"}))["subscription_id"] == "a-subscription"


@pytest.mark.parametrize(
    ("kept", "username", "domain"),
    [("corale", "corale", "OTC-1"), ("corale OTC-2", "corale", "OTC-2"), ("14 OTC-2", "14 OTC-2", "OTC-1")],
)
def test_open_telekom_cloud_has_accounts_of_its_own(kept: str, username: str, domain: str) -> None:
    found = line(service("eu.otc.compute", project="OTC-1"), Secrets("t", {"username": kept, "password": "p"}))
    assert found == {
        "id": "ost",
        "type": "OpenStack",
        "host": "https://cloud.example.org:5000",
        "username": username,
        "password": "p",
        "tenant": "eu-de",
        "domain": domain,
        "auth_version": "3.x_password",
        "service_name": "None",
        "service_region": "eu-de",
    }


def test_opennebula_takes_the_users_token_or_a_kept_account() -> None:
    assert line(service("opennebula"))["token"] == "the-token"
    assert line(service("opennebula"), Secrets("t", {"username": "u", "password": "p"}))["username"] == "u"


def test_amazon_takes_a_kept_key_only_and_who_has_none_is_told_how_to_store_it() -> None:
    assert line(service("ec2"), Secrets("t", {"username": "AK", "password": "SK"}))["username"] == "AK"
    with pytest.raises(Unsuitable, match="PUT /site-credentials/"):
        line(service("ec2"))


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        (service("mainframe"), "of type 'mainframe'.*azure, dummy, ec2, opennebula, openstack, otc"),
        (service("openstack"), "without the setting 'identity_provider'"),
        (service("openstack", endpoint="https://cloud.example.org/v2.0"), "Keystone v2"),
        (service("openstack", endpoint="cloud.example.org"), "not an http address"),
    ],
)
def test_a_service_that_is_not_described_well_is_refused_with_a_sentence(candidate: Candidate, said: str) -> None:
    with pytest.raises(Unsuitable, match=said):
        line(candidate)


def test_there_is_no_way_in_without_a_token() -> None:
    with pytest.raises(Unsuitable, match="there is none"):
        manager_line(Secrets())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("a;b", '"a;b"'),
        ("a=b", '"a=b"'),
        ("it's", '"it\'s"'),
        ('say "hi"', '"say "\'"\'"hi"\'"\''),
        ("-----BEGIN-----\nabc\n", "-----BEGIN-----\\\\nabc"),
    ],
)
def test_values_are_quoted_where_the_manager_would_split_them(value: str, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize("value", ["file(/etc/passwd)", "a\\nb", " a", "pässword", "a\rb", "a\x00b"])
def test_values_that_the_manager_would_change_are_refused(value: str) -> None:
    with pytest.raises(Unsuitable):
        value_text(value)


def test_a_sites_own_manager_comes_before_the_operators() -> None:
    own = service("openstack", im_url="https://im.site.example.org/")
    assert manager_url(own, "https://im.example.org") == "https://im.site.example.org"
    assert manager_url(service("openstack"), "https://im.example.org") == "https://im.example.org"


def test_only_a_dummy_sites_endpoint_is_taken_for_a_manager() -> None:
    assert manager_url(service("dummy", endpoint="http://im.example.org/"), None) == "http://im.example.org"
    for nowhere in (
        service("openstack"),
        service("dummy", endpoint="http://[1"),
        service("dummy", endpoint="http://a:b"),
    ):
        with pytest.raises(Unsuitable, match="no address of an Infrastructure Manager"):
            manager_url(nowhere, None)
