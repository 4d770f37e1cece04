"""One module a noun; each makes the routes of its pages."""
