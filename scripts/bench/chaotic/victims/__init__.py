"""What runs in the processes that are killed: shipped code over files that outlive them, started by the nursery."""
