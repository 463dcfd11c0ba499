"""Says which sites may and can run a deployment, in what order, and why.

Hears facts about sites, agreements and observations, plans, and the story of every deployment; says SitesRanked,
NoSiteFits and PlanRanked. Owns the rankings it gave, what deployments hold of each site, and how trials went.
"""
