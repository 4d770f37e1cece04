"""What a person looks at before acting: the whole node at a glance, and long lists a page at a time."""
