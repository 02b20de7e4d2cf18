//! Files of one folder, as answers. Nothing outside of that folder is ever opened.
use super::answer::{Answer, failure};
use hyper::http::request::Parts;
use std::path::Path;
pub async fn answer(_root: &Path, _parts: &Parts) -> Answer {
    failure(404)
}
