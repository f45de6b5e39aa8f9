"""The layouts that come with the product."""
