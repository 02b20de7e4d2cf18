//! A zone's records, read from its master file and ready to be looked up.
