"""The search for frauds that no proof convicts, and for honest claims that some proof does."""
