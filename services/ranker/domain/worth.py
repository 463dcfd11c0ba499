"""What a term says of many rows at once."""

from typing import NamedTuple

from services.ranker.domain.columns import Floats


class Worth(NamedTuple):
    """A value in [0, 1] a row, and what it is worth: log-odds of success that it adds, and seconds that it costs."""

    value: Floats
    odds: Floats | None = None
    seconds: Floats | None = None
