"""Served traffic watched, alarms stored with their consequences, and the retraining that follows them."""
