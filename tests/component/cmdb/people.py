"""People whose token is their name."""

from datetime import UTC, datetime
from typing import ClassVar

from shared.contracts.vocabulary import Principal
from shared.failures import Permanent
from shared.identity.caller import Caller
from tests.support.builders import ISSUER

Headers = dict[str, str]


class People:
    """`Identities` that believe: `root` administers, `ada` and `bob` are people, `mallory` is nobody."""

    root: ClassVar[Headers] = {"Authorization": "Bearer root"}
    ada: ClassVar[Headers] = {"Authorization": "Bearer ada"}
    bob: ClassVar[Headers] = {"Authorization": "Bearer bob"}
    mallory: ClassVar[Headers] = {"Authorization": "Bearer mallory"}

    async def caller(self, token: str) -> Caller:
        if token == "mallory":
            raise Permanent("The token proves nothing.")
        principal = Principal(issuer=ISSUER, subject=token)
        return Caller(principal, (), datetime(2100, 1, 1, tzinfo=UTC), token, admin=token == "root")


def owner(name: str) -> dict[str, str]:
    """As it stands in a record."""
    return {"issuer": ISSUER, "subject": name}
