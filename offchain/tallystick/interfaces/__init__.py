"""Faces of the application: command line and HTTP. Parse, call one method, present; no rules live here."""
