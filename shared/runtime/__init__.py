"""Plumbing of a process: settings, logs, health, start and graceful stop. The same for all six services."""
