"""Signed requests: RFC 9421 with HMAC-SHA256, over what is asked and the digest (RFC 9530) of what is sent; docs/signing.md."""
