//! A zone's records, read from its master file and ready to be looked up.

use super::plan;

/// A zone as it is served.
#[derive(Clone, Debug)]
pub struct Zone {}

impl Zone {
    /// Reads a zone's master file.
    ///
    /// # Errors
    /// Which zone, and what is wrong with it.
    pub fn read(_zone: &plan::Zone) -> Result<Zone, String> {
        Ok(Zone {})
    }
}
