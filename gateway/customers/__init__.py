"""Customers' pictures: kept by session, for as long as an order needs them, for the key that brought them."""
