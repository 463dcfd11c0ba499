"""Knows which sites there are and what they offer.

A site is laid together from what it says itself, what the federation folder says and what people say over REST. Says
SiteDescribed and SiteWithdrawn, only when something changed. Hears AgreementChanged, for the registry's old read API
alone. Owns the sites, their history, and who may change what. What cannot be read stays as it was last known.
"""
