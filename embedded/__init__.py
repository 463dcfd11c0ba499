"""The whole system on one machine: for the demo, for development and for tests.

Starts Apache Kafka, PostgreSQL, an OIDC issuer, the Infrastructure Manager, a simulated cloud and the six services as
processes of this machine, all on loopback, all state in one folder. Knows the services from outside only: their
modules' names, their environment, their health pages. `embedded.system.System` is the library, `python -m embedded`
the command.
"""
