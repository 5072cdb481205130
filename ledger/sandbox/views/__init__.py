"""The world as the API shows it: one module per part of the schema.

Rows are plain dicts in the schema's field names; a value may be a function, called with the
field's arguments only when a document asks for it.
"""
