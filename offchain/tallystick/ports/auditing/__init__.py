"""The court of audits: its seats, draws, answers and money."""
