"""The main job: data to model to paid answers to money, on real parts, told step by step."""
