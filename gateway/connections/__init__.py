"""Connections before there is a request: what may be sent, how fast, and how a refusal reaches its client."""
