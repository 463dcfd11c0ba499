"""The gateway's store, its vault, and its way to the issuers."""
