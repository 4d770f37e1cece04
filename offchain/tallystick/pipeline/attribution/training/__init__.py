"""The training channel: takes an answer and the index, says which records it came from and what they may be paid."""
