"""Knows which groups may use which services of which sites, how much of them, and until when.

Hears SiteDescribed and SiteWithdrawn, to know who owns a site. People negotiate over its API; the administrator may
also write `agreements/*.yaml` in the federation folder, and a file that cannot be read changes nothing. Says
AgreementChanged whenever something else is true, by somebody's act or by its dates. Owns the agreements.
"""
