"""What a training needs of the machine, and several processes that share one."""
