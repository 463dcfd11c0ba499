"""The life of an agreement as one table: what can be done to it in each status, by whom, and where that leads.

What dates do to it (signed, active, expiring, expired) is no part of this: nothing needs to be done for it.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Status(StrEnum):
    """What people have decided. `new` is not there yet. `deleted` was never more than a draft."""

    NEW = "new"
    DRAFT = "draft"
    SENT = "sent"
    COUNTERED = "countered"
    REJECTED = "rejected"
    SIGNED = "signed"
    SUSPENDED = "suspended"
    DISABLED = "disabled"
    TERMINATED = "terminated"
    DELETED = "deleted"


class Act(StrEnum):
    """What can be done. `record`, `enable` and `disable` are the administrator's short way."""

    DRAFT = "draft"
    RECORD = "record"
    SAVE = "save"
    SEND = "send"
    ACCEPT = "accept"
    REJECT = "reject"
    COUNTER = "counter"
    WITHDRAW = "withdraw"
    DELETE = "delete"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"
    RENEW = "renew"
    PRIORITISE = "prioritise"
    ENABLE = "enable"
    DISABLE = "disable"


class Role(StrEnum):
    """As whom somebody acts; one may be several."""

    CUSTOMER = "customer"
    OWNER = "owner"
    ADMIN = "admin"


NAMES: Mapping[Role, str] = MappingProxyType(
    {
        Role.CUSTOMER: "a manager of the group",
        Role.OWNER: "an owner of the site",
        Role.ADMIN: "an administrator",
    }
)


class Cell(NamedTuple):
    """Who may, and what it is then. An administrator always may."""

    roles: frozenset[Role]
    next: Status


CUSTOMER, OWNER, ADMIN = frozenset({Role.CUSTOMER}), frozenset({Role.OWNER}), frozenset({Role.ADMIN})
EITHER = CUSTOMER | OWNER
RECORD, PRIORITISE = Cell(ADMIN, Status.SIGNED), Act.PRIORITISE
TABLE: Mapping[Status, Mapping[Act, Cell]] = MappingProxyType(
    {
        Status.NEW: {Act.DRAFT: Cell(CUSTOMER, Status.DRAFT), Act.RECORD: RECORD},
        Status.DRAFT: {
            Act.SAVE: Cell(CUSTOMER, Status.DRAFT),
            Act.SEND: Cell(CUSTOMER, Status.SENT),
            Act.DELETE: Cell(CUSTOMER, Status.DELETED),
            Act.RECORD: RECORD,
            PRIORITISE: Cell(CUSTOMER, Status.DRAFT),
        },
        Status.SENT: {
            Act.ACCEPT: Cell(OWNER, Status.SIGNED),
            Act.REJECT: Cell(OWNER, Status.REJECTED),
            Act.COUNTER: Cell(OWNER, Status.COUNTERED),
            Act.WITHDRAW: Cell(CUSTOMER, Status.DRAFT),
            Act.RECORD: RECORD,
            PRIORITISE: Cell(CUSTOMER, Status.SENT),
        },
        Status.COUNTERED: {
            Act.ACCEPT: Cell(CUSTOMER, Status.SIGNED),
            Act.REJECT: Cell(CUSTOMER, Status.REJECTED),
            Act.COUNTER: Cell(CUSTOMER, Status.SENT),
            Act.WITHDRAW: Cell(CUSTOMER, Status.DRAFT),
            Act.RECORD: RECORD,
            PRIORITISE: Cell(CUSTOMER, Status.COUNTERED),
        },
        Status.REJECTED: {Act.SAVE: Cell(CUSTOMER, Status.DRAFT), Act.RECORD: RECORD},
        Status.SIGNED: {
            Act.SAVE: Cell(ADMIN, Status.SIGNED),
            Act.RENEW: Cell(OWNER, Status.SIGNED),
            Act.SUSPEND: Cell(OWNER, Status.SUSPENDED),
            Act.DISABLE: Cell(ADMIN, Status.DISABLED),
            Act.TERMINATE: Cell(EITHER, Status.TERMINATED),
            PRIORITISE: Cell(CUSTOMER, Status.SIGNED),
        },
        Status.SUSPENDED: {
            Act.SAVE: Cell(ADMIN, Status.SUSPENDED),
            Act.RENEW: Cell(OWNER, Status.SUSPENDED),
            Act.RESUME: Cell(OWNER, Status.SIGNED),
            Act.ENABLE: Cell(ADMIN, Status.SIGNED),
            Act.DISABLE: Cell(ADMIN, Status.DISABLED),
            Act.TERMINATE: Cell(EITHER, Status.TERMINATED),
            PRIORITISE: Cell(CUSTOMER, Status.SUSPENDED),
        },
        Status.DISABLED: {
            Act.SAVE: Cell(ADMIN, Status.DISABLED),
            Act.ENABLE: Cell(ADMIN, Status.SIGNED),
            Act.TERMINATE: Cell(EITHER, Status.TERMINATED),
        },
        Status.TERMINATED: {},
        Status.DELETED: {},
    }
)


class Refusal(NamedTuple):
    """Why not. `forbidden`: somebody else might; else nobody can as it is now."""

    forbidden: bool
    sentence: str


def decide(status: Status, act: Act, roles: AbstractSet[Role], *, public: bool = False) -> Status | Refusal:
    """Where it leads when somebody in these roles does this. What is sent to a `public` service signs itself."""
    cell = TABLE[status].get(act)
    if cell is None:
        can = ", ".join(TABLE[status]) or "nothing"
        return Refusal(
            forbidden=False, sentence=f"An agreement that is {status} takes no `{act}`; possible now: {can}."
        )
    if not roles & (cell.roles | ADMIN):
        who = " or ".join(NAMES[role] for role in Role if role in cell.roles | ADMIN)
        return Refusal(forbidden=True, sentence=f"Only {who} may {act} an agreement that is {status}.")
    return Status.SIGNED if public and act is Act.SEND else cell.next


def possible(status: Status, roles: AbstractSet[Role]) -> tuple[Act, ...]:
    """What somebody in these roles can do now."""
    return tuple(act for act, cell in TABLE[status].items() if roles & (cell.roles | ADMIN))
