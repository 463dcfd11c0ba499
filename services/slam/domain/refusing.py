"""One way to refuse a value: what was found and what is allowed, wherever it was written (a request or a file)."""

from pydantic_core import PydanticCustomError

SHOWN = 60


def refused(found: object, allowed: str) -> PydanticCustomError:
    """To be raised in a validator. Its sentence says both; its context has both as well, for machines."""
    said = found if isinstance(found, str) and " " in found else repr(found)
    facts = {"found": said[:SHOWN], "allowed": allowed}
    return PydanticCustomError("value_error", "found {found}; allowed: {allowed}", facts)


def one_of(words: object) -> str:
    """Words of a closed list as a sentence shows them."""
    listed = [repr(str(word)) for word in words] if isinstance(words, list | tuple) else []
    return f"{', '.join(listed[:-1])} or {listed[-1]}" if len(listed) > 1 else "".join(listed)
