"""The crash test: real processes, real Kafka and PostgreSQL, `kill -9` at random, and an auditor who was not there.

`python -m chaos --deployments 50 --kills 5 --seed 1`. The auditor reads the topic, the simulated cloud's ledger and
what users were promised; it knows nothing of our tables. Exit status 0 only if all holds.
"""
