"""Bytes that chain and node agree on; works on plain values. Byte-level rules: docs/specification.md."""
