"""Parts of the benchmark of quality: data, laboratory, journal, and one module a question."""
