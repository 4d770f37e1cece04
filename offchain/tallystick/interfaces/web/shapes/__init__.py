"""OpenAI's wire format: requests parsed strictly, answers, chunks and errors shaped as its clients expect. No money."""
