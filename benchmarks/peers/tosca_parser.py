"""tosca-parser 2.15 as its users run it: each template read from its file, its imports from addresses.

The addresses lead to local files here, so that nobody's network is measured. It keeps no types between templates,
here as in the deployed systems. Reads `Work` from its input and answers with `Cost`.
"""

import io
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from toscaparser.common.exception import ValidationError
from toscaparser.tosca_template import ToscaTemplate

from benchmarks.tosca.material import Cost, Work


def measure(work: Work) -> Cost:
    """Parse everything some times; what it rejects, or breaks on, has no cost."""
    urllib.request.urlopen = _opener(work.imports)  # type: ignore[assignment]
    found: dict[Path, float] = {}
    for _ in range(work.rounds):
        for file in work.templates:
            start = time.process_time()
            try:
                ToscaTemplate(str(file))
            except (ValidationError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):
                continue
            spent = (time.process_time() - start) * 1000
            found[file] = min(spent, found.get(file, spent))
    return Cost(ms=found)


def _opener(imports: Mapping[str, Path]) -> Callable[[str], io.BytesIO]:
    texts = {address: file.read_bytes() for address, file in imports.items()}

    def open_address(address: str) -> io.BytesIO:
        if address not in texts:
            raise urllib.error.URLError(f"{address} is not here")
        return io.BytesIO(texts[address])

    return open_address


if __name__ == "__main__":
    work = Work.model_validate_json(sys.stdin.read())
    print(measure(work).model_dump_json())
