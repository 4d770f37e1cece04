"""What is made for an adapter after its training: the blend's weights and the ladder, named in the model's card."""
