//! The caching resolver of a lab: walks from the lab's root, remembers answers and noes for their TTL.
