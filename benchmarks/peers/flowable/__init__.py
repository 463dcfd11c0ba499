"""Flowable 6.8, the engine inside today's orchestrator, in Java: built by Maven, run as a process of its own."""
