"""Work on files of strangers in child processes: little memory and time, no network, no programs, no writing."""
