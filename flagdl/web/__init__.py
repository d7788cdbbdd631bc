"""The dashboard: pages, API and websocket. The only part of flagdl that imports Flask."""
