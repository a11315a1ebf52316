"""Pages: static shells and ES modules without a build step. What they show comes from REST and the websocket."""
