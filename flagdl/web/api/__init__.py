"""The calls of programs and scripts: JSON, images, and the websocket."""
