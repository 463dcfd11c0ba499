"""From POST to DeploymentCompleted on the instant backend: all services, real Kafka, a PostgreSQL that syncs.

Beside it, in the same run and on the same PostgreSQL: DBOS and Flowable with a saga of six steps, a tenth compensated.
"""
