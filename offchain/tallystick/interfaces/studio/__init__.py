"""The studio: the whole life cycle in a browser. Server-rendered pages over the one application object; no rules."""
