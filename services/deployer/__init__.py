"""Carries a deployment through trials to success or a clean failure.

Hears DeploymentRequested, SitesRanked, NoSiteFits, DeletionRequested; says Trial…, Deployment…, Deletion….
Runs as `--role saga` (decides) or `--role backend --backend NAME` (talks to sites). Owns sagas and trials.
"""
