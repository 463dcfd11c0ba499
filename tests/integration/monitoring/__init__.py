"""Monitoring beside real monitoring systems."""
