"""Which content this node has promised to keep, whether it is whole, and how it is mended and let go."""
