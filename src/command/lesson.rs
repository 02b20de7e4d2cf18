//! The guided run of a lesson.

pub mod desk;
pub mod jobs;
