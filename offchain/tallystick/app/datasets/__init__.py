"""Verbs about data sets: registration, versions, consent."""
