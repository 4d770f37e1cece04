"""Training: takes a loaded base model and records, makes an adapter. Registers nothing, serves nothing."""
