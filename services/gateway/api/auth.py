"""For which group a caller asks."""

from fastapi import HTTPException

from shared.identity.caller import Caller


def group_of(caller: Caller, asked: str | None) -> str | None:
    """The group a deployment is for: the one asked for, or the caller's only one. Raises 403 for a group of others."""
    if asked is None:
        if len(caller.groups) > 1:
            raise HTTPException(
                400, f"Say which group the deployment is for, as userGroup: {', '.join(caller.groups)}."
            )
        return caller.groups[0] if caller.groups else None
    if asked.removeprefix("/") not in caller.groups:
        raise HTTPException(
            403, f"You are not a member of the group {asked!r}; your token names: {', '.join(caller.groups) or 'none'}."
        )
    return asked.removeprefix("/")
