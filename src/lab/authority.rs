//! What an authoritative server answers (RFC 1034 section 4.3.2), as a pure function of its zones and the question.
