"""The coming week of an account: what starts when, what collides, and how to keep it apart."""
