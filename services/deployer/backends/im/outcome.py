"""What IM says, in our words: causes, sentences, and nothing else of its Python tracebacks."""

import re
from http import HTTPStatus

from services.deployer.ports import Broken
from shared.contracts.vocabulary import Cause

TEMPLATE = re.compile(r"error parsing (request body|tosca)|tosca template|unsupported media type", re.IGNORECASE)

CAUSES: tuple[tuple[Cause, str], ...] = (
    (Cause.QUOTA, r"quota|limit ?exceeded|exceeds? (the )?(limit|maximum)|over ?limit"),
    (Cause.CAPACITY, r"no valid host|not enough|insufficient|no hosts? (available|found)|out of capacity"),
    (Cause.IMAGE, r"(image|vmi|\bami)\b.{0,60}(not found|does ?n[o']t exist|could not|invalid|not active)"),
    (Cause.IMAGE, r"no vmi obtained|(invalid|unknown|incorrect|no) (image|vmi|ami)|imagenotfound|invalidami"),
    (Cause.NETWORK, r"network|floating ?ip|public ip|subnet|security group|no.{0,20}\bips?\b"),
    (Cause.AUTH, r"unauthori[sz]ed|forbidden|not granted|authenticat|authori[sz]ation|credential|oidc|permission"),
    (Cause.AUTH, r"username nor token|access denied|invalid.{0,20}token|token.{0,20}(expired|invalid|refused)"),
    (Cause.TIMEOUT, r"timed? ?out|timeout"),
    (Cause.CONFIGURATION, r"contextuali[sz]ation|ansible|playbook|ctxt|configur"),
)
"""Read from top to bottom: the first that matches is the cause. A sentence about SSH that timed out is a timeout."""

NOISE = re.compile(
    r"^(vm \d+:?|\*+|=+|-+|contextualization disabled by.*|all vms failed\. no contextualize\.|traceback .*"
    r"|the pre-parsed input failed validation with the following error\(s\):)$",
    re.IGNORECASE,
)
TIME = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*: ")
DOING = r"error (adding|creating|destroying|getting|parsing) [^:]{1,40}: ?"
LEAD = re.compile(rf"^({DOING})*((error launching [^:]{{1,120}}\.)? ?attempt \d+: ?)?", re.IGNORECASE)
"""What IM says before it comes to the point: what it was doing, and which attempt this was."""
FRAME = re.compile(r"^\s*File \S+.*line \d+")
TOKEN = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*")

SENTENCE_LENGTH = 300
DETAIL_LENGTH = 4_000
LINES_KEPT = 3


def refused(status: int, text: str) -> Broken:
    """IM or the site said no. What names the template is the template's fault, all else is the site's."""
    if TEMPLATE.search(text):
        sentence = _sentence("The Infrastructure Manager cannot read the template", text)
        return Broken(Cause.TEMPLATE, sentence, site_fault=False, detail=detail(text))
    denied = status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    cause = Cause.AUTH if denied else cause_of(text)
    said = text if meaningful(text) else f"status {status}"
    return Broken(cause, _sentence("The site refused", said), site_fault=True, detail=detail(text))


def failed(state: str, log: str) -> Broken:
    """The machines or their configuration came to nothing, as the log of the contextualization tells."""
    what = "The machines could not be configured" if state == "unconfigured" else "The machines could not be started"
    cause = cause_of(log)
    if cause is Cause.BACKEND and state == "unconfigured":
        cause = Cause.CONFIGURATION
    return Broken(cause, _sentence(what, log), site_fault=True, detail=detail(log))


def cause_of(text: str) -> Cause:
    """The class of what went wrong, from words that IM and its connectors use."""
    said = "\n".join(meaningful(text, lines=50))
    return next((cause for cause, pattern in CAUSES if re.search(pattern, said, re.IGNORECASE)), Cause.BACKEND)


def meaningful(text: str, lines: int = LINES_KEPT) -> list[str]:
    """The first lines that say something: no stack frames, times, rulers or repetitions."""
    found: list[str] = []
    for line in _without_frames(text):
        said = LEAD.sub("", TIME.sub("", line.strip())).strip()
        if said and not NOISE.match(said) and said not in found:
            found.append(said)
        if len(found) == lines:
            break
    return found


def detail(text: str) -> str:
    """The text without stack frames, short enough to keep."""
    return "\n".join(_without_frames(text)).strip()[:DETAIL_LENGTH]


def without_secrets(text: str, secrets: frozenset[str]) -> str:
    """The text with every secret, and whatever looks like a signed token, blotted out."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[hidden]")
    return TOKEN.sub("[hidden]", text)


def _sentence(what: str, text: str) -> str:
    why = " ".join(meaningful(text)).rstrip(". ")
    return f"{what}: {why[:SENTENCE_LENGTH]}." if why else f"{what}, and it was not said why."


def _without_frames(text: str) -> list[str]:
    kept: list[str] = []
    frame_indent: int | None = None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if FRAME.match(line):
            frame_indent = indent
        elif frame_indent is not None and indent > frame_indent:
            continue
        else:
            frame_indent = None
            kept.append(line.rstrip())
    return kept
