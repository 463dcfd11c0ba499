"""Says what is wrong with a template before it is used."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.gateway.app.compile import Compiler
from services.gateway.domain.tosca import Mode, Problem, TemplateRefused
from shared.contracts.topology import Json, Topology, TopologyKind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the compiler says of a template: its topology, or the problems for which it is refused.

    `kind` is what it describes; None if it is refused and does not say.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    topology: Topology | None = None
    kind: TopologyKind | None = None

    @property
    def word(self) -> str:
        """`accepted` or `refused`."""
        return "refused" if self.topology is None else "accepted"

    @property
    def misses_a_companion(self) -> bool:
        """Whether it imports a file that is no address, so may be one that lies beside it."""
        return any(problem.code == "unknown-import" and "://" not in problem.found for problem in self.problems)


def judge(compiler: Compiler, template: str, inputs: Mapping[str, Json] | None, *, strict: bool = False) -> Verdict:
    """The verdict on a template. Without inputs (None, not empty) a required input needs no value; never raises."""
    mode = Mode.STRICT if strict else Mode.LENIENT
    try:
        compiled = compiler.compile(template, inputs or {}, mode=mode, need_inputs=inputs is not None)
    except TemplateRefused as refused:
        return refusal(refused)
    return Verdict((), compiled.warnings, compiled.topology, compiled.topology.kind)


def refusal(refused: TemplateRefused) -> Verdict:
    """The verdict that a refusal is."""
    return Verdict(refused.problems, refused.warnings, kind=refused.kind)


def unreadable(why: str) -> Verdict:
    """The verdict on a template whose text cannot be had."""
    return Verdict((Problem("unreadable", (), 0, 0, "", (), None, why),))
