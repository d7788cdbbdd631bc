"""How one flag is fetched, checked and saved, and who does it."""
