"""x402 version 2, scheme `exact`: answers for payments, and the facilitator of payments to this operator."""
