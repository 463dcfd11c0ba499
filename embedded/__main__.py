"""`python -m embedded`: the whole system on this machine."""

import sys
from typing import Annotated

import typer

from embedded import addresses, detached, foreground, probes
from embedded.demo.story import tell
from embedded.keys import Keys, fresh_environment
from embedded.parts import is_held
from embedded.places import Places, places
from embedded.processes import end_recorded
from embedded.tokens import AUDIENCE, LIFETIME, Wanted, mint

app = typer.Typer(
    help="Start, stop and try the whole system on this machine.", no_args_is_help=True, add_completion=False
)


@app.command()
def up(*, detach: Annotated[bool, typer.Option(help="Come back when it is up; `down` stops it.")] = False) -> None:
    """Start everything and watch over it until Ctrl-C or `down`."""
    here = places()
    if is_held(here):
        _say_running(here)
    elif detach:
        raise typer.Exit(detached.up(here))
    else:
        raise typer.Exit(foreground.serve(here))


@app.command()
def down() -> None:
    """Stop everything; the state stays."""
    here = places()
    known = addresses.read(here.addresses)
    if is_held(here) and known is not None:
        detached.down(known.supervisor)
        print("stopped")
        return
    left = end_recorded(here)
    print(f"stopped {', '.join(left)}" if left else "nothing is running")


@app.command()
def clean() -> None:
    """Stop everything and remove all state; what was downloaded stays."""
    down()
    here = places()
    here.remove()
    print(f"removed {here.var}")


@app.command()
def status() -> None:
    """Say what runs and where. Exit status 1 when nothing does or something is not ready."""
    here = places()
    known = addresses.read(here.addresses)
    if not is_held(here) or known is None:
        print("nothing is running")
        raise typer.Exit(1)
    lines = {"kafka": known.kafka, "postgres": known.postgres, "issuer": known.issuer, "im": known.im}
    for name, url in (lines | {"simulated": known.simulated}).items():
        if url:
            foreground.line(name, url, "running" if name in known.pids else "not ours")
    readiness = {name: probes.answers(f"{url}/health/ready") for name, url in known.services.items()}
    for name, url in known.services.items():
        foreground.line(name, url, "ready" if readiness[name] else "not ready")
    raise typer.Exit(0 if all(readiness.values()) else 1)


@app.command()
def demo(*, keep: Annotated[bool, typer.Option(help="Leave the deployment standing.")] = False) -> None:
    """Send a template, let the first site fail, watch the saga move on, look at the cloud, delete. 0 if all is true."""
    here = places()
    ours = not is_held(here)
    if ours and (status := detached.up(here)):
        raise typer.Exit(status)
    try:
        known = addresses.read(here.addresses)
        token = _token(here, known.issuer, Wanted("alice", ("users",))) if known and known.issuer else ""
        good = known is not None and tell(known, token, keep=keep)
    finally:
        if ours and not keep:
            down()
    raise typer.Exit(0 if good else 1)


@app.command()
def token(
    user: Annotated[str, typer.Argument(help="The token's subject; anybody will do.")],
    group: Annotated[list[str] | None, typer.Option(help="A group of the user; may be repeated.")] = None,
    ttl: Annotated[int, typer.Option(help="Seconds until it expires.")] = LIFETIME,
    audience: Annotated[str, typer.Option(help="Whom the token is for.")] = AUDIENCE,
    issuer: Annotated[str, typer.Option(help="The issuer's URL; by default that of the running system.")] = "",
) -> None:
    """Print a bearer token of the demo issuer."""
    here = places()
    known = addresses.read(here.addresses)
    url = issuer or (known.issuer if known else None)
    if not url:
        print("nothing is running: `make up` first", file=sys.stderr)
        raise typer.Exit(1)
    print(_token(here, url, Wanted(user, tuple(group or ()), audience, ttl)))


@app.command()
def env() -> None:
    """Print fresh secrets for compose.yaml, as its `.env` wants them."""
    print(fresh_environment(), end="")


def _token(here: Places, url: str, wanted: Wanted) -> str:
    return mint(url, Keys(here.var / "issuer.json").issuer(), wanted)


def _say_running(here: Places) -> None:
    known = addresses.read(here.addresses)
    if known is None:
        print(f"the system in {here.var} is on its way up")
        return
    print(f"the system is running already (process {known.supervisor}, state in {here.var})")
    if known.gateway:
        foreground.line("gateway", known.gateway, "")
    print("`python -m embedded status` says more, `python -m embedded down` stops it")


if __name__ == "__main__":
    app()
