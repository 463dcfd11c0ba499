"""Life-cycle probes: make a small thing at a service, see it work, remove it, and leave nothing behind.

What all of them share; each kind of service is a collector of its own and says here how its things are handled.
"""
