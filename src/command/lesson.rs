//! The guided run of a lesson.

pub mod jobs;
