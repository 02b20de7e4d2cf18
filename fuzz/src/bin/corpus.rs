//! Writes the seeds of every target to `corpus/TARGET/`, made from the recordings and lessons of the package.

use std::path::Path;

use netlearn_fuzz::{readers::READERS, seeds};

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().expect("the package around this one");
    for (name, _) in READERS {
        let folder = here.join("corpus").join(name);
        std::fs::create_dir_all(&folder)?;
        for (index, octets) in seeds::of(name, root).into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{index:02}")), octets)?;
        }
    }
    Ok(())
}
