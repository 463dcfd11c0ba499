"""Updates: what is given is merged with what was given before, compiled, and asked for if nobody came between."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.gateway.app.change import Ask, Changes, NewForm
from services.gateway.app.compile import Compiler
from services.gateway.app.resources import Unfit
from services.gateway.domain.removals import in_site_words, lasting, site_ids, text_in_site_words, unknown_removals
from services.gateway.domain.resources import pieces
from services.gateway.domain.tosca import Compiled, TemplateRefused
from services.gateway.domain.versions import version
from services.gateway.domain.view import View
from shared.contracts.topology import Json
from shared.contracts.vocabulary import Limits

NO_SUCH_INPUT = "unknown-input"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user wants a deployment to become: a template as it was sent, and what changes of its parameters."""

    template: str
    parameters: Mapping[str, Json] = field(repr=False)
    limits: Limits
    callback: str | None = None


class Reshaping:
    """Takes updates."""

    def __init__(self, compiler: Compiler, changes: Changes) -> None:
        """`changes` takes what was compiled."""
        self._compiler = compiler
        self._changes = changes

    async def update(self, ask: Ask, wanted: Wanted) -> View:
        """The view of the deployment once the update is asked for.

        Raises what `Changes` raises, `TemplateRefused`, and `Unfit` when a removal list names what is not there.
        """
        view, order = await self._changes.changeable(ask)
        standing = pieces(view, order.parts)
        ids = site_ids(standing)
        given = in_site_words(dict(wanted.parameters), ids)
        compiled, parameters = self._merged(text_in_site_words(wanted.template, ids), order.parameters, given)
        if (why := unknown_removals(compiled.topology, standing)) is not None:
            raise Unfit(why)
        form = NewForm(
            topology=compiled.topology,
            template=compiled.template,
            limits=wanted.limits,
            secret_inputs=compiled.secret_values,
            parameters=lasting(parameters, compiled.topology, ids),
            callback=wanted.callback,
        )
        return await self._changes.update(replace(ask, seen=version(view)), form)

    def _merged(
        self, template: str, kept: Mapping[str, Json], given: Mapping[str, Json]
    ) -> tuple[Compiled, dict[str, Json]]:
        """What was kept fills in what is not given, except inputs that the new template has no more."""
        merged = {**kept, **given}
        try:
            return self._compiler.compile(template, merged), merged
        except TemplateRefused as refused:
            strange = {problem.found for problem in refused.problems if problem.code == NO_SUCH_INPUT}
            left = {name: value for name, value in merged.items() if name in given or name not in strange}
            if left == merged:
                raise
        return self._compiler.compile(template, left), left
