"""Commands for scripts and shells: schema, completion, man."""
