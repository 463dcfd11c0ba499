"""The agreements that slam has told, folded into memory."""

from shared.contracts.agreements import AgreementChanged
from shared.contracts.envelope import Envelope
from shared.contracts.vocabulary import AgreementId


class Agreements:
    """The last word on each agreement. When slam is away, what it told last stays."""

    def __init__(self) -> None:
        self.known: dict[AgreementId, AgreementChanged] = {}

    def fold(self, envelope: Envelope) -> None:
        """Take a fact."""
        if isinstance(envelope.body, AgreementChanged):
            self.known[envelope.body.agreement] = envelope.body
