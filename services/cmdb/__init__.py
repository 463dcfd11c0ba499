"""Knows which sites there are and what they offer.

Hears nothing; reads `sites/*.yaml` of the federation folder. Says SiteDescribed and SiteWithdrawn, only when something
changed. Owns the sites. A file that cannot be read leaves the site as it was last known.
"""
