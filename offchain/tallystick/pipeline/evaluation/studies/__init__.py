"""Studies of what happens to a model: noisy data, quantisation, adapting again and again. They judge; callers train."""
