"""The node's verbs by what they are about; `app.node` puts them together."""
