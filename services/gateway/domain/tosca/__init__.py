"""The TOSCA compiler: pure, safe with hostile text, and the only reader of TOSCA as a language.

Promises a frozen topology, the document with its inputs filled in, or every problem with its line.
"""

from services.gateway.domain.tosca.catalogues import Catalogue, Catalogues, compile_catalogues
from services.gateway.domain.tosca.compiler import Compiled, compile_template
from services.gateway.domain.tosca.evaluate import evaluate
from services.gateway.domain.tosca.problems import Mode, Problem, TemplateRefused
from services.gateway.domain.tosca.reader import Limits

__all__ = [
    "Catalogue",
    "Catalogues",
    "Compiled",
    "Limits",
    "Mode",
    "Problem",
    "TemplateRefused",
    "compile_catalogues",
    "compile_template",
    "evaluate",
]
