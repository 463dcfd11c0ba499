import base64
import json
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import OKPKey

from embedded.keys import Keys, fresh_environment
from embedded.tokens import Wanted, claims_of, mint

ISSUER = "http://127.0.0.1:8090"


def test_secrets_stay_the_same_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    first = (Keys(file).password("ranker"), Keys(file).sealing("gateway"), Keys(file).service("deployer"))
    assert first == (Keys(file).password("ranker"), Keys(file).sealing("gateway"), Keys(file).service("deployer"))
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_sealing_key_has_32_bytes(tmp_path: Path) -> None:
    assert len(base64.b64decode(Keys(tmp_path / "s").sealing("gateway"), validate=True)) == 32


def test_what_a_service_signs_its_public_key_proves(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "s")
    private = OKPKey.import_key(json.loads(keys.service("deployer")))
    public = keys.service_public("deployer")
    signed = jwt.encode({"alg": "Ed25519"}, {"iss": "deployer"}, private, algorithms=["Ed25519"])
    assert "d" not in public
    known = OKPKey.import_key({name: str(value) for name, value in public.items()})
    assert jwt.decode(signed, known, algorithms=["Ed25519"]).claims == {"iss": "deployer"}


def test_a_token_outlives_a_restart_of_the_issuer_but_not_its_own_time(tmp_path: Path) -> None:
    token = mint(ISSUER, Keys(tmp_path / "i").issuer(), Wanted("alice", ("users",)))
    late = mint(ISSUER, Keys(tmp_path / "i").issuer(), Wanted("alice", ttl=-60))
    again = Keys(tmp_path / "i").issuer()
    claims = claims_of(ISSUER, again, token)
    assert claims is not None
    assert (claims["sub"], claims["groups"], claims["aud"]) == ("alice", ["users"], "corale")
    assert claims_of(ISSUER, again, late) is None
    assert claims_of("http://127.0.0.1:1", again, token) is None
    assert claims_of(ISSUER, Keys(tmp_path / "other").issuer(), token) is None


def test_the_environment_for_containers_is_new_each_time() -> None:
    first, second = fresh_environment().splitlines(), fresh_environment().splitlines()
    assert [line.partition("=")[0] for line in first] == [line.partition("=")[0] for line in second]
    assert not set(first) & set(second)
