"""The system as a library: start parts one by one, kill them, start them again, stop everything.

    with System(places()) as system:
        system.kafka()
        system.postgres()
        system.service("gateway")
        system.wait_ready()
        system.kill("gateway")
        system.start("gateway")

Methods that start something return its address and do not wait; `wait_ready` does.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from embedded import postgres, probes
from embedded.im import server as im
from embedded.kafka import jars
from embedded.kafka.broker import Broker
from embedded.keys import Keys
from embedded.layout import FEDERATION, lay_out_federation
from embedded.parts import Parts
from embedded.places import ROOT, Places
from embedded.ports import HOST, Ports
from embedded.processes import Command
from embedded.services import CLOUD, SERVICES, Service, Surroundings, environment, service_named


class System(Parts):
    """All parts of one system on one state folder.

    `usual_ports=False` chooses free ports only, for systems side by side. `durable` makes PostgreSQL wait for the disk.
    The state of a `temporary` system is removed when it stops. `federation` is the folder laid out for slam, cmdb and
    monitoring: if none is given that of `CORALE_FEDERATION`, else the demo's.
    """

    def __init__(
        self,
        places: Places,
        *,
        usual_ports: bool = True,
        durable: bool = False,
        temporary: bool = False,
        federation: Path | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        super().__init__(places, say)
        self._durable = durable
        self._temporary = temporary
        self._federation = federation or Path(os.environ.get("CORALE_FEDERATION") or FEDERATION)
        self._keys = Keys(places.var / "secrets.json")
        self._ports = Ports(places.var / "ports.json", say, usual=usual_ports)
        self._owners: dict[str, str] = {}

    def stop(self) -> None:
        """Stop everything: the services, then what they call, then Kafka and PostgreSQL."""
        super().stop()
        if self._temporary:
            self.places.remove()

    @property
    def issuer_keys(self) -> Path:
        """The file with the issuer's signing key and the passwords of its users."""
        return self.places.var / "issuer.json"

    @property
    def ledger(self) -> Path:
        """The simulated cloud's book of what exists and what was ever created."""
        return self.places.var / "simulated.ledger"

    def everything(self) -> None:
        """Start all there is to start; waits for PostgreSQL only, the services wait for the rest themselves."""
        self.postgres()
        self.kafka()
        self.issuer()
        self.im()
        if (ROOT / CLOUD).exists():
            self.simulated()
        for service in SERVICES:
            if service.exists:
                self.service(service.name)

    def kafka(self) -> str:
        """Start the broker, unless `KAFKA_BOOTSTRAP_SERVERS` names one. `host:port` to begin with."""
        given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
        if given:
            return self.urls.setdefault("kafka", given)
        if "kafka" not in self.processes:
            ports = (self._ports.of("kafka"), self._ports.of("kafka-controller"))
            broker = Broker(jars.folder(self.places.cache, self._say), self.places.var / "kafka", *ports)
            self.begin("kafka", broker.command(), lambda: probes.kafka_answers(broker.bootstrap), broker.bootstrap)
        return self.urls["kafka"]

    def postgres(self) -> str:
        """Start the server, unless `DATABASE_URL` names one. The URL of a role that may create others."""
        given = os.environ.get("DATABASE_URL")
        if given:
            return self.urls.setdefault("postgres", given.replace("postgresql+asyncpg:", "postgresql:"))
        if "postgres" not in self.processes:
            place = (self._ports.of("postgres"), self._keys.password("postgres"))
            server = postgres.server(self.places, *place, self._say, durable=self._durable)
            self.begin("postgres", server.command(), lambda: probes.postgres_answers(server.url), server.url)
        return self.urls["postgres"]

    def databases(self) -> dict[str, str]:
        """The database URL of every owner (a service), made if need be. Starts PostgreSQL and waits for it."""
        if not self._owners:
            url = self.postgres()
            ours = "postgres" in self.processes
            if ours:
                self.wait_ready("postgres")
            self._owners = postgres.provide(url, self._keys, database=postgres.DATABASE if ours else None)
        return self._owners

    def issuer(self) -> str:
        """Start the demo issuer. Its URL is the `iss` of its tokens."""
        port = self._ports.of("issuer")
        url = f"http://{HOST}:{port}"
        argv = (sys.executable, "-m", "embedded.issuer", "--port", str(port), "--keys", str(self.issuer_keys))
        return self.begin("issuer", Command(argv), lambda: probes.answers(f"{url}/jwk"), url)

    def im(self, types: Mapping[str, Path] | None = None) -> str:
        """Start the Infrastructure Manager; `types` maps prefixes of import URLs to folders or files.

        `None`: the catalogues of the gateway.
        """
        if "im" not in self.processes:
            python = im.interpreter(self.places.cache, self._say)
            known = im.types_of_the_gateway() if types is None else types
            server = im.Manager(python, self.places.var / "im", self._ports.of("im"), self.issuer(), known)
            self.begin("im", server.command(), lambda: probes.answers(f"{server.url}/version"), server.url)
        return self.urls["im"]

    def simulated(self, script: Path | None = None) -> str:
        """Start the simulated cloud; `script` orders its faults."""
        port = self._ports.of("simulated")
        url = f"http://{HOST}:{port}"
        module = ".".join(CLOUD.with_suffix("").parts)
        argv = [sys.executable, "-m", module, "--port", str(port), "--ledger", str(self.ledger)]
        argv += ["--script", str(script)] if script else []
        return self.begin("simulated", Command(tuple(argv)), lambda: probes.speaks_http(url), url)

    def service(self, name: str, *, replica: int = 1, settings: Mapping[str, str] | None = None) -> str:
        """Start a process of the table in `services`; `settings` are more environment variables for it.

        What it needs to know about the others is taken from what was started before it.
        """
        service = service_named(name)
        full = name if replica == 1 else f"{name}-{replica}"
        port = self._ports.of(full)
        url = f"http://{HOST}:{port}"
        variables = self._variables(service, port) | dict(settings or {})
        argv = (sys.executable, "-m", f"services.{service.module}", *service.arguments)
        return self.begin(full, Command(argv, variables), lambda: probes.answers(f"{url}/health/ready"), url)

    def settings_of(self, name: str) -> dict[str, str]:
        """The environment of a service that was started: with it, its commands work on what it works on."""
        return self._variables(service_named(name), self._ports.of(name))

    def _variables(self, service: Service, port: int) -> dict[str, str]:
        return environment(service, port, self._surroundings(service))

    def lay_out_federation(self) -> Path:
        """Copy the federation folder with the addresses of what was started; cmdb, slam and monitoring see changes."""
        names = {f"{name.upper()}_URL": self.urls[name] for name in ("im", "simulated", "issuer") if name in self.urls}
        lay_out_federation(self.places.federation, names, self._federation)
        return self.places.federation

    def _surroundings(self, service: Service) -> Surroundings:
        gateway = self.urls.get("gateway")
        if gateway is None and service.module in ("deployer", "gateway"):
            gateway = f"http://{HOST}:{self._ports.of('gateway')}"
        return Surroundings(
            kafka=self.kafka(),
            databases=self.databases(),
            federation=self.lay_out_federation(),
            keys=self._keys,
            issuer=self.urls.get("issuer"),
            gateway=gateway,
            simulated=self.urls.get("simulated"),
            others=self.urls,
        )
