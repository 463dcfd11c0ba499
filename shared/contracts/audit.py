"""The audit trail: who did what to what, for whom and from where. Topic `audit`."""

from enum import StrEnum

from pydantic import AwareDatetime

from shared.contracts.message import Message
from shared.contracts.vocabulary import Principal, Value


class Doing(StrEnum):
    """What was done, or tried."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    RESET = "reset"
    ACT = "act"
    PLAN = "plan"
    REVEAL = "reveal"
    READ = "read"
    OPEN_VAULT = "open-vault"
    CONFIGURE = "configure"
    AUTHENTICATE = "authenticate"


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class Deed(Value):
    """One thing that was done or tried. `about` is the id of what it was done to; nothing here is secret.

    `owner` is for whom, when somebody acts for another; `client` is the address the request came from.
    """

    at: AwareDatetime
    who: Principal | None = None
    service: str | None = None
    owner: Principal | None = None
    group: str | None = None
    doing: Doing
    about: str = ""
    outcome: Outcome = Outcome.DONE
    sentence: str = ""
    request_id: str = ""
    client: str = ""
    user_agent: str = ""


class AuditRecorded(Message):
    """A deed has its place in the chain: `seq` begins at 1 and has no gap.

    `hash` is SHA-256, in hex, over the lines `seq`, `before` and the deed as JSON without what is not said; `before` is
    the hash of the entry before, 64 zeros before the first. Whoever keeps these has what the gateway cannot rewrite.
    """

    seq: int
    deed: Deed
    before: str
    hash: str

    @property
    def key(self) -> str:
        """What it was done to; `gateway` where that is nothing of its own."""
        return self.deed.about or "gateway"
