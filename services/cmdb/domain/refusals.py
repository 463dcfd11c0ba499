"""Why a change is not made, beside `editing.Forbidden` and `assembly.Misfit`."""


class Refused(Exception):
    """The change is not made; the text is a sentence for who asked."""


class NotThere(Refused):
    """What should be changed is not there."""


class Taken(Refused):
    """There is something of this name, or it cannot be changed from here."""


class Stale(Refused):
    """Somebody else was faster: the site has another revision than the one that was read."""
