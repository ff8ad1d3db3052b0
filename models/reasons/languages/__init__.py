"""How reasons are said: one file a language."""
