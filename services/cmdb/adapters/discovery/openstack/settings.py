"""What a site's file says beside `kind: openstack`, and the ways in."""

from collections.abc import Mapping

from pydantic import BaseModel, Field, SecretStr

from services.cmdb.adapters.discovery.setup import STRICT
from services.cmdb.domain.discovered import Target


class Gpu(BaseModel):
    """Whose and which a GPU is."""

    model_config = STRICT

    vendor: str | None = None
    model: str | None = None


class Settings(BaseModel):
    """The service's own `endpoint` and `region` count where nothing else is said here.

    `projects` are those that are read, by name or id; none named: all that the account works in. A domain is named, but
    for `default`, which is its id. `gpu_aliases`: which PCI aliases and Placement classes are GPUs.
    """

    model_config = STRICT

    auth_url: str | None = None
    region: str | None = None
    interface: str = "public"
    projects: tuple[str, ...] = ()
    user_domain: str = "default"
    identity_provider: str | None = None
    protocol: str = "openid"
    ca_file: str | None = None
    gpu_aliases: dict[str, Gpu] = Field(default_factory=dict)

    def keystone(self, target: Target) -> str:
        """The address of Keystone's version 3."""
        url = (self.auth_url or target.endpoint).rstrip("/")
        return url if url.endswith("/v3") else f"{url}/v3"


class Secrets(BaseModel):
    """What the operator keeps: a user and password, an application credential, or an access token of an issuer.

    `access_token_file` is read anew each time: something else keeps it fresh.
    """

    model_config = STRICT

    username: SecretStr | None = None
    password: SecretStr | None = None
    application_credential_id: SecretStr | None = None
    application_credential_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    access_token_file: SecretStr | None = None


def domain(name: str) -> Mapping[str, str]:
    """A domain as Keystone wants it."""
    return {"id": name} if name == "default" else {"name": name}
