"""Parts of `make bench NAME=training`; needs torch, transformers and peft alone, and no chain."""
