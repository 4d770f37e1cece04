"""Why an asset was paid for an answer, or why not: in numbers, with the roots that show it."""
