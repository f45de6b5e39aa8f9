"""What the product needs of a database beyond Django's ORM: exact fixed-point columns and bulk rows.

It knows models only as tables; business meaning lives in the rooms above.
"""
