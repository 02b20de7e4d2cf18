//! Files that a learner names to be read once: a FIFO, a pipe of the shell's or a terminal is as good as a regular file, but may have the
//! run wait for ever. Meanwhile a signal ends the run.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{Outcome, Stop, trust_readable};
use crate::command::terminal::complain;
use crate::explain::Explanation;
use crate::net::tls::FILE_LIMIT as CERTIFICATES;
use crate::net::world::{Trust, World};

/// Such a file.
pub struct Named {
    file: File,
    stop: Stop,
    /// Its reads do not wait for anybody.
    regular: bool,
}

impl Named {
    /// Opens it.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path, stop: &Stop) -> io::Result<Named> {
        let file = stop.ending_at_once(|| File::open(path))?;
        let regular = file.metadata()?.is_file();
        Ok(Named { file, stop: stop.clone(), regular })
    }

    /// All of it, `limit` octets at most.
    ///
    /// # Errors
    /// What the system says, and that it is longer.
    pub fn whole(self, limit: u64) -> io::Result<Vec<u8>> {
        let mut octets = Vec::new();
        self.take(limit.saturating_add(1)).read_to_end(&mut octets)?;
        if octets.len() as u64 > limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("it is longer than {limit} bytes"),
            ));
        }
        Ok(octets)
    }
}

impl Read for Named {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        let Named { file, stop, regular } = self;
        if *regular { file.read(octets) } else { stop.ending_at_once(|| file.read(octets)) }
    }
}

/// Reads the authorities of `--cacert` where they are in no regular file: a pipe can be read but once, and a run may shake hands more often.
///
/// # Errors
/// They cannot be read, or are none. It was said, and this is the exit code.
pub(super) fn settle(world: &mut World, stop: &Stop) -> Result<(), Outcome> {
    let Trust::File(path) = &world.trust else { return Ok(()) };
    if path.metadata().is_ok_and(|facts| facts.is_file()) {
        return Ok(());
    }
    let octets = Named::open(path, stop).and_then(|file| file.whole(CERTIFICATES));
    let trust = octets.and_then(|octets| {
        let trust = Trust::Pem(String::from_utf8_lossy(&octets).into_owned());
        trust_readable(&trust).map(|()| trust)
    });
    match trust {
        Ok(trust) => world.trust = trust,
        Err(error) => {
            let words = Explanation::step("tls", format!("--cacert {}: {error}", path.display()));
            complain(&words.then("netlearn explain certificate authority", "what such a file is for"));
            return Err(Outcome::USAGE);
        }
    }
    Ok(())
}
