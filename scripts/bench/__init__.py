"""One module per measured goal, its `measure()` returns figures; `bars.toml` says what they must reach."""
