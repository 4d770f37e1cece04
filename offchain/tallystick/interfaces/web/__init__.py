"""HTTP faces: the operator's OpenAI-compatible API and the consumer's local pay proxy. No rules live here."""
