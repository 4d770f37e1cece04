"""Books of what attribution and its audits found."""
