"""Models as files: takes folders, makes loaded models, chat formats and digests. Trains nothing, serves nothing."""
