"""Who is asking: sessions, sign-in with Ethereum, roles, and what every request must show."""
