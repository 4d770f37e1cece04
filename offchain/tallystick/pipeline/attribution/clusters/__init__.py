"""Clusters: takes data sets in chain order with their embeddings, says which record follows which earlier one."""
