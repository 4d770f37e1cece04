"""A hostile world for the outbox and the index: a proxy that lies, a chain that forks, a process that dies."""
