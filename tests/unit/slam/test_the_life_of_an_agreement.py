"""Every status, every act, every role: the table that operators read in docs/slam.md, and what the code does."""

from itertools import product
from pathlib import Path

import pytest

from services.slam.domain.lifecycle import Act, Refusal, Role, Status, decide, possible

LIFE = """
            draft     record    save       send    accept    reject      counter      withdraw  delete    suspend      resume    terminate      renew       prioritise  enable    disable
new         C:draft   A:signed  -          -       -         -           -            -         -         -            -         -              -           -           -         -
draft       -         A:signed  C:draft    C:sent  -         -           -            -         C:deleted -            -         -              -           C:draft     -         -
sent        -         A:signed  -          -       O:signed  O:rejected  O:countered  C:draft   -         -            -         -              -           C:sent      -         -
countered   -         A:signed  -          -       C:signed  C:rejected  C:sent       C:draft   -         -            -         -              -           C:countered -         -
rejected    -         A:signed  C:draft    -       -         -           -            -         -         -            -         -              -           -           -         -
signed      -         -         A:signed   -       -         -           -            -         -         O:suspended  -         CO:terminated  O:signed    C:signed    -         A:disabled
suspended   -         -         A:suspended -      -         -           -            -         -         -            O:signed  CO:terminated  O:suspended C:suspended A:signed  A:disabled
disabled    -         -         A:disabled -       -         -           -            -         -         -            -         CO:terminated  -           -           A:signed  -
terminated  -         -         -          -       -         -           -            -         -         -            -         -              -           -           -         -
deleted     -         -         -          -       -         -           -            -         -         -            -         -              -           -           -         -
"""  # noqa: E501 - a table is read across
LETTERS = {"C": Role.CUSTOMER, "O": Role.OWNER, "A": Role.ADMIN}
HEAD, *ROWS = [line.split() for line in LIFE.strip().splitlines()]
CELLS = {(row[0], act): cell for row in ROWS for act, cell in zip(HEAD, row[1:], strict=True)}


def test_the_table_has_every_status_and_every_act() -> None:
    assert set(CELLS) == set(product(Status, Act))


@pytest.mark.parametrize(("status", "act"), tuple(product(Status, Act)))
def test_a_cell_says_who_may_and_where_it_leads(status: Status, act: Act) -> None:
    who, _, following = CELLS[status, act].partition(":")
    for role in Role:
        found = decide(status, act, {role})
        if who == "-":
            assert isinstance(found, Refusal)
            assert not found.forbidden
            assert found.sentence.startswith(f"An agreement that is {status} takes no `{act}`; possible now: ")
        elif role is Role.ADMIN or role in {LETTERS[letter] for letter in who}:
            assert found == Status(following)
        else:
            assert isinstance(found, Refusal)
            assert found.forbidden
            assert "an administrator may" in found.sentence


@pytest.mark.parametrize(("status", "act"), tuple(product(Status, Act)))
def test_who_is_nobody_to_an_agreement_can_do_nothing(status: Status, act: Act) -> None:
    assert isinstance(decide(status, act, set()), Refusal)


@pytest.mark.parametrize(("status", "role"), tuple(product(Status, Role)))
def test_what_somebody_is_told_is_possible_is_what_is_decided(status: Status, role: Role) -> None:
    done = [act for act in Act if not isinstance(decide(status, act, {role}), Refusal)]
    assert sorted(possible(status, {role})) == sorted(done)


def test_what_is_sent_to_a_public_service_signs_itself_and_nothing_else_does() -> None:
    assert decide(Status.DRAFT, Act.SEND, {Role.CUSTOMER}, public=True) is Status.SIGNED
    assert decide(Status.NEW, Act.DRAFT, {Role.CUSTOMER}, public=True) is Status.DRAFT
    assert isinstance(decide(Status.DRAFT, Act.SEND, {Role.OWNER}, public=True), Refusal)


def test_what_an_administrator_disabled_no_owner_resumes() -> None:
    assert isinstance(decide(Status.DISABLED, Act.RESUME, {Role.OWNER}), Refusal)


def test_operators_read_the_same_table() -> None:
    page = (Path(__file__).parents[3] / "docs" / "slam.md").read_text()
    said = {
        (row[0].strip("`"), row[1].strip("`")): row[2:]
        for row in ([cell.strip() for cell in line.strip("|\n").split("|")] for line in page.splitlines())
        if len(row) == 4 and row[1].startswith("`")
    }
    names = {"C": "manager", "O": "owner", "CO": "manager, owner", "A": "administrator"}
    told = {key: cell.split(":") for key, cell in CELLS.items() if cell != "-"}
    assert said == {key: [names[who], f"`{following}`"] for key, (who, following) in told.items()}
