"""What the platform keeps: rows in SQLite or PostgreSQL, blobs in a folder."""
