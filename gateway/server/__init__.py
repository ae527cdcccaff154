"""The HTTP server: uvicorn, with bounds on what a connection may cost."""
