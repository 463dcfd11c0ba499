"""Knows which groups may use which services of which sites, how much of them, and until when.

Hears nothing; reads `agreements/*.yaml` of the federation folder. Says AgreementChanged, only when something changed;
an agreement whose file is gone is terminated. Owns the agreements. A file that cannot be read changes nothing.
"""
