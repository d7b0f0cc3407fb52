"""A release as a folder: manifest, checksums, whole or not at all."""
