"""Whatever is done to a real template, the compiler answers with a topology or with its own refusal, on any thread."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from services.gateway.adapters.catalogues import OURS, load_catalogues
from services.gateway.domain.tosca import Catalogues, Mode, TemplateRefused, compile_template
from shared.contracts.topology import Json

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
SEEDS = 20
MUTATIONS = 1_000
"""For each seed."""
SIGNS = ":{}[]&*!|>'\"%@`-#,?\t\n \x00\ud800é<~="
JUNK: tuple[Json, ...] = (
    None,
    True,
    -1,
    1.5,
    "",
    [],
    {},
    [[[]]],
    {"a": 1},
    "9" * 3000,
    {"get_input": None},
    {"get_input": ["a", 0]},
    {"get_property": ["SELF"]},
    {"get_attribute": ["HOST", 1]},
    {"concat": [None]},
    {"token": ["a", "", 0]},
    {"join": [[{}], 1]},
    {"derived_from": {}},
    {"type": []},
    {"greater_than": "x"},
    {"get_operation_output": [1]},
    {"primary": {"file": []}},
    {"mapping": [None, {}]},
    {"create": {"implementation": {"primary": None}, "inputs": {"a": {"type": "x", "default": {"get_input": []}}}}},
    ["http://[x/", "s3://", "rucio:///", "://"],
    "1.0e+999",
)

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


@pytest.fixture(scope="module")
def known() -> Catalogues:
    return load_catalogues(OURS, [CORPUS / "types"])


@pytest.fixture(scope="module")
def texts() -> list[str]:
    entries = json.loads((CORPUS / "INDEX.json").read_text(encoding="utf-8"))["templates"]
    cases = json.loads((CORPUS / "conformance.json").read_text(encoding="utf-8"))["cases"]
    files = [(CORPUS / entry["file"]).read_text(encoding="utf-8") for entry in entries if entry["kind"] != "not-yaml"]
    return files + [case["template"] for case in cases]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_mutated_template_is_compiled_or_refused(seed: int, known: Catalogues, texts: list[str]) -> None:
    chance = random.Random(seed)
    for _ in range(MUTATIONS):
        text = chance.choice((_values_changed, _signs_changed))(chance.choice(texts), chance)
        verdict(text, known, chance.choice(list(Mode)))


def verdict(text: str, known: Catalogues, mode: Mode = Mode.LENIENT) -> int:
    """How many problems there are; anything raised but a refusal fails the test."""
    try:
        compile_template(text, {}, known, mode=mode, need_inputs=False)
    except TemplateRefused as refused:
        count = len(refused.problems)
    else:
        return 0
    assert 0 < count <= 50
    return count


def test_threads_do_not_hear_each_others_problems(known: Catalogues, texts: list[str]) -> None:
    alone = [verdict(text, known) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda text: verdict(text, known), texts * 2))
    assert together == alone * 2


def _values_changed(text: str, chance: random.Random) -> str:
    root = yaml.load(text, Loader=yaml.CSafeLoader)
    for _ in range(chance.randint(1, 3)):
        places = _places(root)
        if not places:
            break
        container, key = chance.choice(places)
        change = chance.random()
        if change < 1 / 4:
            del container[key]
        else:
            found = chance.choice(JUNK) if change < 3 / 4 else chance.choice(places)[0]
            container[key] = json.loads(json.dumps(found, default=str))
    return yaml.dump(root, Dumper=yaml.CSafeDumper)


def _places(value: Json) -> list[tuple[Json, Json]]:
    found: list[tuple[Json, Json]] = []
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict | list):
            keys: list[Json] = list(here) if isinstance(here, dict) else list(range(len(here)))
            found += [(here, key) for key in keys]
            waiting += [here[key] for key in keys]
    return found


def _signs_changed(text: str, chance: random.Random) -> str:
    signs = list(text)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(signs) + 1)
        change = chance.random()
        if change < 1 / 3:
            signs[at : at + 1] = [chance.choice(SIGNS)]
        elif change < 2 / 3:
            del signs[at : at + chance.randint(1, 20)]
        else:
            start = chance.randrange(len(signs) + 1)
            signs[at:at] = signs[start : start + chance.randint(1, 60)]
    return "".join(signs)
