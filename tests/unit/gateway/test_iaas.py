"""Old clients read a service's type in the words they know."""

import pytest

from services.gateway.domain.iaas import iaas_type


@pytest.mark.parametrize(
    ("service_type", "word"),
    [
        ("org.openstack.nova", "OPENSTACK"),
        ("com.amazonaws.ec2", "AWS"),
        ("eu.deep.kubernetes", "KUBERNETES"),
        ("dummy", "DUMMY"),
        ("", None),
    ],
)
def test_a_type_has_the_old_word_or_is_its_own(service_type: str, word: str | None) -> None:
    assert iaas_type(service_type) == word
