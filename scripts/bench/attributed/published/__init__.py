"""Attribution as others published it, to stand beside ours; and full features, to stand beside the index."""
