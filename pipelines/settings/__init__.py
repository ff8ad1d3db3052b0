"""The workspace file: read whole, every mistake told, secrets left where they are."""
