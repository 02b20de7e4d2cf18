//! Builds again when a lesson is added: `include_dir!` alone sees changes only in the files that it knows.

fn main() {
    println!("cargo:rerun-if-changed=lessons");
    println!("cargo:rerun-if-changed=build.rs");
}
