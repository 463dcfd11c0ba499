import pytest

from services.deployer.backends.im.outcome import cause_of, failed, meaningful, refused, without_secrets
from shared.contracts.vocabulary import Cause

TRACEBACK = (
    "Error parsing request body: Error parsing TOSCA template: \n"
    "The pre-parsed input failed validation with the following error(s): \n\n"
    '\tUnknownFieldError: "properties" of template "server" contains unknown field "tags". Refer to the definition.\n'
    "\t\tFile /opt/im/lib/im_launch.py, line 177, in <module>\n\t\t\tmain()\n"
    "\t\tFile /opt/im/lib/IM/im_service.py, line 200, in main\n\t\t\tlaunch_daemon()\n" * 40
)
LAUNCH = (
    "2026-11-22 01:30:38.313727: All VMs failed. No contextualize.\n"
    "2026-11-22 01:30:38.313966: Error launching the VMs of type front to cloud ID dummy1 of type Dummy. "
    "Attempt 1: quota exceeded for cores\nAttempt 2: quota exceeded for cores\nAttempt 3: quota exceeded for cores\n"
)


def test_a_template_that_cannot_be_read_is_nobody_elses_fault_and_has_no_traceback() -> None:
    broken = refused(400, TRACEBACK)
    assert (broken.cause, broken.site_fault) == (Cause.TEMPLATE, False)
    assert 'UnknownFieldError: "properties" of template "server" contains unknown field "tags"' in broken.sentence
    assert len(broken.sentence) < 400
    for text in (broken.sentence, broken.detail):
        assert "File /" not in text
        assert "launch_daemon" not in text


def test_any_other_refusal_is_the_sites_fault() -> None:
    broken = refused(400, "Error Creating Inf.: No VMI obtained from Sites to system 'wn'")
    assert (broken.cause, broken.site_fault) == (Cause.IMAGE, True)
    assert broken.sentence == "The site refused: No VMI obtained from Sites to system 'wn'."


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_let_in_has_an_auth_fault(status: int) -> None:
    assert refused(status, "Access to this infrastructure not granted.").cause is Cause.AUTH


def test_a_refusal_without_words_names_its_status() -> None:
    assert refused(418, "").sentence == "The site refused: status 418."


def test_a_failed_launch_is_told_once_with_its_reason() -> None:
    broken = failed("failed", LAUNCH)
    assert broken.cause is Cause.QUOTA
    assert broken.sentence == "The machines could not be started: quota exceeded for cores."


def test_failed_without_a_word_is_said_so() -> None:
    assert failed("failed", "").sentence == "The machines could not be started, and it was not said why."


def test_unconfigured_is_a_configuration_fault_unless_the_log_knows_better() -> None:
    assert failed("unconfigured", "VM 0:\nrole os_users broke\n***").cause is Cause.CONFIGURATION
    waiting = "Contextualization Error: Error Waiting the Master VM to have the SSH active: Timeout waiting SSH access."
    assert failed("unconfigured", waiting).cause is Cause.TIMEOUT


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Quota exceeded for instances", Cause.QUOTA),
        ("VcpuLimitExceeded: you have requested more", Cause.QUOTA),
        ("No valid host was found. There are not enough hosts available.", Cause.CAPACITY),
        ("InsufficientInstanceCapacity", Cause.CAPACITY),
        ("Image 3f could not be found", Cause.IMAGE),
        ("InvalidAMIID.NotFound: The image id does not exist", Cause.IMAGE),
        ("No provider network found for net private", Cause.NETWORK),
        ("Error trying to decode OIDC auth token: list index out of range", Cause.AUTH),
        ("No credentials provided for the InfrastructureManager.", Cause.AUTH),
        ("Read timed out", Cause.TIMEOUT),
        ("ansible-playbook returned 2", Cause.CONFIGURATION),
        ("Dummy: the VM went to error (asked for by the image)", Cause.BACKEND),
        ("Contextualization disabled by the RADL/TOSCA template.\n\nVM 0:\nit burned", Cause.BACKEND),
        ("", Cause.BACKEND),
    ],
)
def test_the_cause_is_read_from_what_was_said(text: str, cause: Cause) -> None:
    assert cause_of(text) is cause


def test_rulers_times_and_repetitions_say_nothing() -> None:
    text = "2026-01-01 00:00:00.1: one\n****\nVM 0:\none\n\ntwo\nthree\nfour"
    assert meaningful(text) == ["one", "two", "three"]


def test_secrets_and_whatever_looks_like_a_token_are_blotted_out() -> None:
    text = "token abcdef refused; eyJhbGciOi.eyJzdWIi.c2ln too"
    assert without_secrets(text, frozenset({"abcdef", "abc"})) == "token [hidden] refused; [hidden] too"
