"""Agents over HTTP and standard input: MCP tools, and an A2A card with its service."""
