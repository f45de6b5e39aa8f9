"""What may be done to customers and suppliers: by an import, and by users."""

from counterfoil.crm.customers.pull import contacts_apply

__all__ = ["contacts_apply"]
