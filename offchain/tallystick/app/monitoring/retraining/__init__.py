"""The unattended loop: consented material, training, the gate, promotion, and the watch over what was promoted."""
