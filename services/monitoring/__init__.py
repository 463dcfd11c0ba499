"""Knows how sites are doing: asks each service of each site whether it answers, on an interval.

Hears nothing; reads where services are from `sites/*.yaml` of the federation folder. Says SiteObserved after every
look, with its time. Owns the observations and a short history of them. What was not seen is not told.
"""
