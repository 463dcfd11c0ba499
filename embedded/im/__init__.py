"""The real Infrastructure Manager, in a virtual environment of its own, with its Dummy cloud.

`launch.py`, `guard.py`, `imports.py` and `dummy.py` run inside that environment and import nothing of this project.
"""
