"""Xero records to CRM values: one module per stream, each a table of fields with their owners.

Pure: a mapping takes a decoded record and returns a value, or raises `CannotMap` for that record.
"""
