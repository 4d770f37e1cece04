"""Monitors over served traffic: six statistics, one sequential test. docs/monitors.md says what each can see."""
