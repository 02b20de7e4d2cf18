//! Web origins of a lab: sites told apart by `Host`, over HTTP and HTTPS; faulty where the plan says so.
