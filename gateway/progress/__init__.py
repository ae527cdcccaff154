"""What happens to a picture while its client waits: events, told by the work, followed by whoever knows the session."""
