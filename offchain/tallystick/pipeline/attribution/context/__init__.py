"""The context channel: what retrieved passages added to an answer's log-probability, in commit order."""
