//! The lab's own certificate authority and the certificates of its sites, right and wrong ones.
