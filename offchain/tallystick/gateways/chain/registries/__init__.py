"""What is registered: assets in general, data sets, models with operators and terms."""
