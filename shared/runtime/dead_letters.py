"""`python -m shared.runtime.dead_letters`: what an operator does about messages that were set aside."""

import asyncio
from typing import Annotated

import typer

from shared.contracts.streams import DEAD_SUFFIX
from shared.messaging.dead_letters import DeadLetter, dead_letters, replay

app = typer.Typer(help="List, show and replay what could not be handled.", no_args_is_help=True, add_completion=False)
Kafka = Annotated[str, typer.Option(envvar="KAFKA_BOOTSTRAP_SERVERS", help="host:port of the broker")]
Topic = Annotated[str, typer.Argument(help="the topic, with or without `.dead`")]


@app.command("list")
def list_all(topic: Topic, kafka: Kafka) -> None:
    """A line for each: offset, time, consumer, type, key, reason."""
    for letter in _letters(kafka, topic):
        marks = (letter.named("dead_at"), letter.named("dead_consumer"), letter.named("ce_type"))
        typer.echo(f"{letter.offset}  {'  '.join(marks)}  {letter.key}  {letter.named('dead_reason').splitlines()[0]}")


@app.command()
def show(topic: Topic, offset: int, kafka: Kafka) -> None:
    """All headers and the body of one."""
    letter = _one(kafka, topic, offset)
    for name, value in letter.headers:
        typer.echo(f"{name}: {value.decode(errors='replace')}")
    typer.echo((letter.value or b"").decode(errors="replace"))


@app.command("replay")
def replay_one(topic: Topic, offset: int, kafka: Kafka) -> None:
    """Tell one again, to the consumer that could not handle it; the others do not hear it."""
    letter = _one(kafka, topic, offset)
    typer.echo(f"told again as {asyncio.run(replay(kafka, letter))}, for {letter.named('dead_consumer')}")


def _letters(kafka: str, topic: str) -> list[DeadLetter]:
    return asyncio.run(dead_letters(kafka, topic if topic.endswith(DEAD_SUFFIX) else topic + DEAD_SUFFIX))


def _one(kafka: str, topic: str, offset: int) -> DeadLetter:
    for letter in _letters(kafka, topic):
        if letter.offset == offset:
            return letter
    raise typer.BadParameter(f"there is nothing at offset {offset}")


if __name__ == "__main__":
    app()
