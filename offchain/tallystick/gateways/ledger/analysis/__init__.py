"""Books as Parquet files, and questions to those."""
