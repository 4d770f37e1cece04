"""Parts of the benchmark of attribution: each module with `figures(lab)` is one."""
