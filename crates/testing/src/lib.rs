//! Shared pieces of backend tests. The place is kept by the design; nothing is in it yet.
