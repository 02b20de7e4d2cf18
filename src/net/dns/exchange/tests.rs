//! Servers that misbehave, and what is made of it.
