"""The invented feed in the shapes of suppliers, and a supplier to try things on."""
