"""When a filter has its turn."""

from enum import IntEnum


class Stage(IntEnum):
    """Within a stage every filter is asked, so that a user sees all reasons; the next one is for who passed it."""

    MAY = 1
    """Is it allowed and wished for? Cheap, and asked of every service there is."""
    CAN = 2
    """Does the service have what is needed?"""
    ROOM = 3
    """Is enough of it left? It depends on what was chosen before."""
    RULED = 4
    """Do the operators' rules let it? Asked last, because they may look at the scores."""
