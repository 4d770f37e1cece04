"""Care for data before training and indexing: takes records, gives findings with reasons. Changes and drops nothing."""
