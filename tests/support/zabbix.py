"""A real Zabbix: its server, and its frontend's JSON-RPC behind PHP's own web server. The database is a test's."""

import gzip
import json
import re
import shutil
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psycopg

from embedded.parts import Parts
from embedded.ports import Ports, is_free
from embedded.processes import Command
from shared.contracts.topology import Json
from tests.support.packages import libraries, program, unpacked

NAME = "zabbix"
SQL, PHP = "usr/share/zabbix-server-pgsql", "usr/lib/php/20220829"
FRONTEND = ("api_jsonrpc.php", "conf", "include", "vendor", "audio")
EXTENSIONS = ("mbstring", "bcmath", "ctype", "gettext", "pgsql", "sockets", "xml", "xmlreader", "xmlwriter", "fileinfo")
TABLES = ("role", "role_rule", "usrgrp", "users", "users_groups", "hstgrp", "config", "config_autoreg_tls")
"""What of the delivered data is needed; all else is templates, and takes half a minute."""
INSERT = re.compile(rf"^INSERT INTO (?:{'|'.join(TABLES)}) \(.*?\);$", re.MULTILINE | re.DOTALL)
SERVER = """
DBHost={host}
DBPort={port}
DBName={name}
DBUser={name}
DBPassword={name}
ListenIP=127.0.0.1
ListenPort={trapper}
LogType=console
PidFile={folder}/server.pid
SocketDir={folder}
AllowRoot=1
StartPingers=0
StartDiscoverers=0
CacheUpdateFrequency=1
CacheSize=32M
"""
SITE = """<?php
$DB = ['TYPE' => 'POSTGRESQL', 'SERVER' => '{host}', 'PORT' => '{port}', 'DATABASE' => '{name}', 'USER' => '{name}',
  'PASSWORD' => '{name}', 'SCHEMA' => '', 'ENCRYPTION' => false, 'KEY_FILE' => '', 'CERT_FILE' => '', 'CA_FILE' => '',
  'VERIFY_HOST' => false, 'CIPHER_LIST' => '', 'VAULT_URL' => '', 'VAULT_DB_PATH' => '', 'VAULT_TOKEN' => '',
  'DOUBLE_IEEE754' => true];
$ZBX_SERVER = '127.0.0.1'; $ZBX_SERVER_PORT = '{trapper}'; $ZBX_SERVER_NAME = ''; $IMAGE_FORMAT_DEFAULT = 'PNG';
"""
NUMBERS = count(1)
TRAPPERS = range(20_051, 32_767)
"""Its server listens on no higher port."""


@dataclass(frozen=True)
class RealZabbix:
    """Its users are `Admin` (password `zabbix`) and whom a test adds."""

    url: str
    trapper: int

    def call(self, method: str, params: Json, ticket: str | None = None) -> Json:
        """What a method of its API gives. Raises `AssertionError` if that is an error."""
        body = {"jsonrpc": "2.0", "method": method, "params": params, "id": next(NUMBERS), "auth": ticket}
        headers = {"Content-Type": "application/json-rpc"}
        request = Request(f"{self.url}/api_jsonrpc.php", json.dumps(body).encode(), headers)
        with urlopen(request, timeout=30) as answer:
            said = json.load(answer)
        assert "result" in said, said
        return said["result"]

    def send(self, host: str, values: Mapping[str, str], clock: int) -> bool:
        """Whether the server took all these values, by item key, as of that Unix time. New items take it a second."""
        rows = [{"host": host, "key": key, "value": value, "clock": clock} for key, value in values.items()]
        body = json.dumps({"request": "sender data", "data": rows}).encode()
        with socket.create_connection(("127.0.0.1", self.trapper), timeout=10) as wire:
            wire.sendall(b"ZBXD\1" + struct.pack("<II", len(body), 0) + body)
            with wire.makefile("rb") as answer:
                said = json.loads(answer.read()[13:])
        return f"processed: {len(values)}; failed: 0" in said["info"]


def zabbix(parts: Parts, folder: Path, postgres: str) -> RealZabbix:
    """Starts one with a fresh database there. Raises `Missing` if the machine cannot have it."""
    home = unpacked(NAME)
    server, php = program(home, "usr/sbin/zabbix_server"), program(home, "usr/bin/php8.2")
    _fill(postgres, home / SQL)
    place, trapper = urlsplit(postgres), next(port for port in TRAPPERS if is_free(port))
    facts = {"host": place.hostname, "port": place.port, "name": NAME, "folder": folder, "trapper": trapper}
    (folder / "server.conf").write_text(SERVER.format(**facts))
    root = _frontend(home / "usr/share/zabbix", folder, SITE.format(**facts))
    port = Ports(folder / "ports.json", print, usual=False).of(NAME)
    url = f"http://127.0.0.1:{port}"
    found = RealZabbix(url, trapper)
    line = (str(server), "-f", "-c", str(folder / "server.conf"))
    parts.begin("zabbix-server", Command(line, libraries(home)), lambda: _listens(found.trapper), url)
    options = [part for name in EXTENSIONS for part in ("-d", f"extension={name}")]
    options += ["-d", "memory_limit=256M", "-d", "date.timezone=UTC", "-d", "error_reporting=0"]
    serve = (str(php), "-n", "-d", f"extension_dir={home / PHP}", *options, "-S", urlsplit(url).netloc, "-t", str(root))
    parts.begin(NAME, Command(serve, libraries(home)), lambda: _answers(found), url)
    return found


def _fill(postgres: str, sql: Path) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create role {NAME} login password '{NAME}'")
        connection.execute(f"create database {NAME} owner {NAME}")
    place = urlsplit(postgres)
    with psycopg.connect(host=place.hostname, port=place.port, dbname=NAME, user=NAME, password=NAME) as connection:
        connection.execute(_read(sql / "schema.sql.gz").encode())
        connection.execute("\n".join(INSERT.findall(_read(sql / "data.sql.gz"))).encode())


def _frontend(delivered: Path, folder: Path, site: str) -> Path:
    """A copy of what the API needs, which finds its configuration in it and not in the one place of the machine's."""
    root = folder / "frontend"
    for name in FRONTEND:
        source = delivered / name
        if source.is_dir():
            shutil.copytree(source, root / name, symlinks=True)
        else:
            root.mkdir(exist_ok=True)
            shutil.copy(source, root / name)
    (root / "zabbix.conf.php").write_text(site)
    place = root / "include/classes/core/CConfigFile.php"
    place.write_text(place.read_text().replace("/etc/zabbix/zabbix.conf.php", str(root / "zabbix.conf.php")))
    return root


def _read(file: Path) -> str:
    with gzip.open(file, "rt", encoding="utf-8") as text:
        return text.read()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _answers(zabbix: RealZabbix) -> bool:
    try:
        return bool(zabbix.call("apiinfo.version", {}))
    except (OSError, ValueError, AssertionError):
        return False
