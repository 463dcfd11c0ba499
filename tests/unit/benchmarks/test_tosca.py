"""What is compiled in the bench of the compiler, and what is made of the figures."""

import json
from pathlib import Path

import pytest

from benchmarks.tosca.bench import speedups, verdict
from benchmarks.tosca.grown import SHAPES, grown
from benchmarks.tosca.material import Cost, Work, material
from benchmarks.tosca.ours import measure
from services.gateway.adapters.catalogues import load_catalogues
from services.gateway.domain.tosca import compile_template


@pytest.mark.parametrize("shape", SHAPES)
def test_a_grown_template_has_its_nodes_and_all_are_linked(shape: str) -> None:
    nodes = compile_template(grown(shape, 40), {}, load_catalogues()).topology.nodes
    targets = {connection.target for node in nodes for connection in node.connections}

    assert len(nodes) == 40
    assert all(node.connections or node.name in targets for node in nodes)
    assert [node.name for node in nodes if node.properties.get("public_front_end_ip") == "192.0.2.1"][-1] == (
        "worker_19" if shape == "pairs" else "worker_38"
    )


def test_without_a_corpus_our_own_templates_are_compiled(tmp_path: Path) -> None:
    what = material(tmp_path, tmp_path / "nowhere")
    found = measure(Work(templates=what.templates, imports=what.imports(), folders=what.folders, rounds=1))

    assert what.name == "own templates"
    assert found.ms.keys() == set(what.templates)
    assert min(found.ms.values()) > 0


def test_only_whole_templates_with_known_imports_are_taken_from_a_corpus(tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "IMPORTS.json").write_text('{"https://known.example/types.yaml": "types.yaml"}')
    kinds = {"whole.yaml": ("complete", ["https://known.example/types.yaml"]), "part.yaml": ("fragment", [])}
    kinds["near.yaml"] = ("complete", ["near_types.yaml"])
    entries = [{"file": file, "kind": kind, "imports": imports} for file, (kind, imports) in kinds.items()]
    (tmp_path / "INDEX.json").write_text(json.dumps({"templates": entries}))

    what = material(tmp_path / "build", tmp_path)

    assert what.templates == (tmp_path / "whole.yaml",)
    assert what.imports()["https://known.example/types.yaml"] == tmp_path / "types" / "types.yaml"


def test_only_what_both_accept_is_compared() -> None:
    one, two, three = Path("1"), Path("2"), Path("3")
    ours, theirs = Cost(ms={one: 2, two: 3}), Cost(ms={one: 30, three: 9})

    assert speedups(ours, theirs) == {one: 15}


def test_without_the_peer_only_growth_is_told() -> None:
    found = {"tosca.ratio_10k_to_1k": 11.0, "tosca.kb_per_node": 9.0}

    assert len(list(verdict(found))) == 2
    assert "target 10 x" in next(verdict({**found, "tosca.speedup_median": 30.0}))
