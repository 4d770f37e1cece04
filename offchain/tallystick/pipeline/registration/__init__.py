"""Registration: takes records and data sets, gives their roots, ids and commitments. Sends nothing."""
