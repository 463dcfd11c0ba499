"""The access point: takes requests in, shows what became of them, keeps the tokens.

Hears every event about deployments and folds it into a view; says DeploymentRequested and DeletionRequested.
Owns identity, acceptance, the view and timeline of every deployment, and the vault.
"""
