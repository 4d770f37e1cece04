"""A training as a job: ordered, run once at a time, stopped, resumed, and kept with all that made it."""
