"""Data sets: takes people's files, gives canonical records and a signed manifest. Registers nothing."""
