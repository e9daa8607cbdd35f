"""The real parts that tests run on: PostgreSQL, Redis or Valkey, a mail server, Chromium, and the portal itself."""
