"""The red team's page: plots of what attacks earn, for people who would rather look."""
