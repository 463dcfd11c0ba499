"""Compiles templates against the catalogues; what was compiled lately is not compiled again."""

import json
from collections.abc import Mapping

from cachetools import LRUCache

from services.gateway.domain.tosca import Catalogues, Compiled, Limits, Mode, compile_template
from services.gateway.domain.tosca.reader import TEMPLATE
from shared.contracts.topology import Json

REMEMBERED = 200
LARGEST_REMEMBERED = 64 * 1024


class Compiler:
    """The TOSCA compiler with its catalogues. Compiling is pure, so the same text and inputs give the same topology."""

    def __init__(self, catalogues: Catalogues, limits: Limits = TEMPLATE) -> None:
        """Catalogues are compiled once and shared; `limits` are what a template may cost."""
        self._catalogues = catalogues
        self._limits = limits
        self._compiled: LRUCache[tuple[str, str, Mode, bool], Compiled] = LRUCache(REMEMBERED)

    def compile(
        self, template: str, inputs: Mapping[str, Json], *, mode: Mode = Mode.LENIENT, need_inputs: bool = True
    ) -> Compiled:
        """The compiled template. Raises `TemplateRefused` with every problem found.

        `need_inputs` false leaves required inputs without a value open, for checking a template before it is used.
        """
        try:
            key = (template, json.dumps(inputs, sort_keys=True, default=str), mode, need_inputs)
        except RecursionError:  # the compiler says which input it is
            return self._afresh(template, inputs, mode, need=need_inputs)
        known = self._compiled.get(key)
        if known is None:
            known = self._afresh(template, inputs, mode, need=need_inputs)
            if len(template) <= LARGEST_REMEMBERED and not known.secret_values:
                self._compiled[key] = known
        return known

    def _afresh(self, template: str, inputs: Mapping[str, Json], mode: Mode, *, need: bool) -> Compiled:
        return compile_template(template, inputs, self._catalogues, mode=mode, need_inputs=need, limits=self._limits)
